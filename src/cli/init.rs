//! `signet init`: writes a configuration, keys and an example of environment variables into a folder.

mod files;

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use url::Url;
use zeroize::Zeroizing;

use self::files::{Answers, ENVIRONMENT_EXAMPLE, NewFile, has_password};
use super::{CommandContext, CommandFailure, print_result, setup};
use crate::{
    clock::Clock,
    config::{Config, ConfigErrors, FlagSettings, SettingSources},
    entropy::Entropy,
    keyring,
    telemetry::RecentAuditEvents,
};

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Database, such as `sqlite://signet.db` (the default) or `postgres://USER@HOST/NAME`; asks for the password
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Mail server, such as `smtp://USER@HOST` or `smtps://USER@HOST`; asks for the password
    #[arg(long, value_name = "URL")]
    smtp: Option<String>,
}

/// Writes `signet.toml` (or the file of `--config`), keys and `.env.example`. Asks for the answers if no flag
/// gives one and standard input is a terminal.
///
/// # Errors
/// The configuration exists already, an answer is wrong, or a file cannot be written. Nothing is written in the
/// first two cases.
pub(super) fn run(
    flags: FlagSettings,
    InitArgs { database, smtp }: InitArgs,
) -> Result<(), CommandFailure> {
    let path = flags.config.unwrap_or_else(|| PathBuf::from("signet.toml"));
    if path.exists() {
        return Err(CommandFailure::usage(format!(
            "{} already exists: nothing was changed. Edit it, or remove it and run `signet init` again",
            path.display()
        )));
    }
    let mut settings = flags.settings.into_iter();
    let issuer = settings.rfind(|(name, _)| name == "issuer");
    let given = Answers {
        issuer: issuer.map(|(_, value)| value),
        database,
        smtp,
    };
    given.check_flags()?;
    let is_interactive = io::stdin().is_terminal();
    let mut answers = if given.is_empty() && is_interactive {
        ask()?
    } else {
        given
    };
    if is_interactive {
        ask_for_password(&mut answers.database)?;
        ask_for_password(&mut answers.smtp)?;
    }
    let text = answers.configuration();
    let environment = answers.environment()?;
    let file = (path.to_str().unwrap_or("signet.toml"), text.as_str());
    let variables = environment.as_deref().unwrap_or_default().as_bytes();
    let sources = SettingSources::with_env_file(file, variables, [], FlagSettings::default());
    let config = sources.and_then(Config::load).map_err(name_flags)?;
    let context = CommandContext {
        config,
        clock: Clock::system(),
        entropy: Entropy::system(),
        recent_events: RecentAuditEvents::default(),
    };

    let example = NewFile::public(".env.example", ENVIRONMENT_EXAMPLE.to_owned());
    let environment = environment.map(|text| NewFile::secret(".env", text));
    let new = environment.into_iter().chain([example]).collect::<Vec<_>>();
    for file in &new {
        file.check()?;
    }
    let keys = keys(&context)?;
    for file in new {
        file.write()?;
        print_result(format!("Wrote {}", file.path));
    }
    print_result(keys);
    // The configuration is written last: a run that was interrupted can be repeated.
    NewFile::public(&path.display().to_string(), text).write()?;
    print_result(format!("Wrote {}", path.display()));
    print_result(format!("Start: {}", start_command(&path)));
    Ok(())
}

/// Names the flags in faults of settings: the configuration file does not exist yet.
fn name_flags(mut faults: ConfigErrors) -> ConfigErrors {
    for fault in &mut faults.0 {
        let flag = match fault.setting.as_str() {
            "issuer" => "--issuer",
            "database.url" => "--database",
            "mail.url" => "--smtp",
            _ => continue,
        };
        flag.clone_into(&mut fault.origin);
    }
    faults
}

/// Generates the keys that are missing, and returns a line about them.
fn keys(context: &CommandContext) -> Result<String, CommandFailure> {
    let folder = context.config.keys.folder.display();
    let had_keys = !keyring::is_empty(&context.config.keys.folder);
    let written = setup::generate_keys(context)?;
    Ok(if written.is_empty() && had_keys {
        format!("Kept the keys in {folder}")
    } else {
        format!("Generated {} in {folder}", setup::names(&written))
    })
}

fn start_command(path: &Path) -> String {
    if path == Path::new("signet.toml") {
        "signet".to_owned()
    } else {
        format!("signet --config {}", path.display())
    }
}

/// Asks for the answers at the terminal. An empty answer selects the default.
fn ask() -> Result<Answers, CommandFailure> {
    Ok(Answers {
        issuer: question("Public URL of the service [http://127.0.0.1:8080]: ")?,
        database: question(
            "Database URL, such as postgres://user@host/name [sqlite://signet.db]: ",
        )?,
        smtp: question("Mail server URL, such as smtp://user@mail.example.com [none]: ")?,
    })
}

/// Asks for the password of a URL that has a user without one, and adds it to the URL.
fn ask_for_password(url: &mut Option<String>) -> Result<(), CommandFailure> {
    let parsed = url.as_deref().and_then(|url| Url::parse(url).ok());
    let Some(mut parsed) = parsed else {
        return Ok(());
    };
    if parsed.username().is_empty() || has_password(parsed.as_str()) {
        return Ok(());
    }
    let host = parsed.host_str().unwrap_or_default();
    let prompt = format!("Password of {}@{host} [none]: ", parsed.username());
    let password = Zeroizing::new(rpassword::prompt_password(prompt)?);
    if !password.is_empty() && parsed.set_password(Some(&password)).is_ok() {
        // `.env` holds the URL in single quotes.
        *url = Some(parsed.as_str().replace('\'', "%27"));
    }
    Ok(())
}

fn question(text: &str) -> Result<Option<String>, CommandFailure> {
    let mut out = io::stdout();
    write!(out, "{text}").and_then(|()| out.flush())?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let answer = line.trim();
    Ok((!answer.is_empty()).then(|| answer.to_owned()))
}
