//! The files that `signet init` writes.

use std::{
    fmt::Write as _, fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt, path::Path,
};

use url::Url;

use crate::cli::CommandFailure;

/// The answers of the operator. `None` stands for the default.
pub(super) struct Answers {
    pub(super) issuer: Option<String>,
    pub(super) database: Option<String>,
    pub(super) smtp: Option<String>,
}

impl Answers {
    pub(super) fn is_empty(&self) -> bool {
        self.issuer.is_none() && self.database.is_none() && self.smtp.is_none()
    }

    /// Checks the URLs of flags, which other users of the machine can read.
    ///
    /// # Errors
    /// A URL contains a password.
    pub(super) fn check_flags(&self) -> Result<(), CommandFailure> {
        for (flag, url, variable) in [
            ("--database", &self.database, "SIGNET_DATABASE__URL"),
            ("--smtp", &self.smtp, "SIGNET_MAIL__PASSWORD"),
        ] {
            if url.as_deref().is_some_and(has_password) {
                return Err(CommandFailure::usage(format!(
                    "{flag}: the URL must not contain a password, because other users can read arguments. Leave \
                     it out: `signet init` asks for it on a terminal. Elsewhere, set {variable} in .env"
                )));
            }
        }
        Ok(())
    }

    /// The commented configuration. URLs that contain a password are left out: see [`Answers::environment`].
    pub(super) fn configuration(&self) -> String {
        let mut text = HEAD.to_owned();
        setting(
            &mut text,
            "issuer",
            self.issuer.as_deref(),
            "https://auth.example.com",
            ISSUER,
        );
        text += LISTEN;
        text += "\n[database]\n";
        let database = self.database.as_deref().filter(|it| !has_password(it));
        let in_environment = self.database.is_some() && database.is_none();
        text += DATABASE;
        if in_environment {
            text += DATABASE_IN_ENVIRONMENT;
        }
        setting(&mut text, "url", database, "sqlite://signet.db", "");
        text += "\n[mail]\n";
        text += MAIL;
        let smtp = self.smtp.as_deref().filter(|it| !has_password(it));
        if self.smtp.is_some() && smtp.is_none() {
            text += MAIL_IN_ENVIRONMENT;
        }
        setting(&mut text, "url", smtp, "smtp://user@mail.example.com", "");
        let sender = self.sender();
        let sender = self.smtp.is_some().then_some(sender.as_str());
        setting(
            &mut text,
            "from",
            sender,
            "Signet <no-reply@example.com>",
            "",
        );
        text + CLIENTS
    }

    /// The sender of emails: an email at the host of the issuer.
    fn sender(&self) -> String {
        let issuer = Url::parse(self.issuer.as_deref().unwrap_or_default()).ok();
        let host = issuer.as_ref().and_then(Url::domain);
        let host = host
            .filter(|host| host.contains('.'))
            .unwrap_or("example.com");
        format!("Signet <no-reply@{host}>")
    }

    /// The variables of the URLs that contain a password, or `None` if there are none.
    ///
    /// # Errors
    /// A URL cannot be written as a line of `.env`.
    pub(super) fn environment(&self) -> Result<Option<String>, CommandFailure> {
        let urls = [
            ("--database", "SIGNET_DATABASE__URL", &self.database),
            ("--smtp", "SIGNET_MAIL__URL", &self.smtp),
        ];
        let mut text = String::new();
        for (flag, variable, url) in urls {
            let Some(url) = url.as_deref().filter(|it| has_password(it)) else {
                continue;
            };
            if url.contains(|c: char| c.is_control() || matches!(c, '\'' | ' ')) {
                let problem =
                    "must not contain spaces, quotes or control characters: percent-encode them";
                return Err(CommandFailure::usage(format!("{flag}: {problem}")));
            }
            let _ = writeln!(text, "{variable}='{url}'");
        }
        Ok((!text.is_empty()).then_some(text))
    }
}

/// Appends a setting: commented out with an example if it has no value.
fn setting(text: &mut String, name: &str, value: Option<&str>, example: &str, comment: &str) {
    *text += comment;
    let _ = match value {
        Some(value) => writeln!(text, "{name} = {}", toml::Value::from(value)),
        None => writeln!(text, "# {name} = {}", toml::Value::from(example)),
    };
}

pub(super) fn has_password(url: &str) -> bool {
    let url = Url::parse(url);
    url.is_ok_and(|it| {
        it.password().is_some() || it.query_pairs().any(|(name, _)| name == "password")
    })
}

/// A file that must not exist yet.
pub(super) struct NewFile {
    pub(super) path: String,
    text: String,
    mode: u32,
}

impl NewFile {
    pub(super) fn public(path: &str, text: String) -> Self {
        Self {
            path: path.to_owned(),
            text,
            mode: 0o644,
        }
    }

    /// A file that only its owner can read.
    pub(super) fn secret(path: &str, text: String) -> Self {
        Self {
            mode: 0o600,
            ..Self::public(path, text)
        }
    }

    /// # Errors
    /// The file exists.
    pub(super) fn check(&self) -> Result<(), CommandFailure> {
        if Path::new(&self.path).exists() {
            return Err(CommandFailure::usage(format!(
                "{} already exists: nothing was changed. Move it away and run `signet init` again",
                self.path
            )));
        }
        Ok(())
    }

    /// # Errors
    /// The file exists, or it cannot be written.
    pub(super) fn write(&self) -> Result<(), CommandFailure> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .mode(self.mode)
            .open(&self.path);
        let written = file.and_then(|mut file| {
            file.write_all(self.text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| {
            CommandFailure::new(format!("{} cannot be written: {error}", self.path))
        })
    }
}

const HEAD: &str = "\
# The configuration of Signet. Settings in comments show an example.
# The environment overrides this file: SIGNET_TOKENS__ACCESS_LIFETIME for tokens.access_lifetime.
# `signet check` validates it.

";

const ISSUER: &str = "\
# The URL under which clients reach the service. It is the `iss` of every token: changing it ends all sessions.
";

const LISTEN: &str = "\
# The address to listen on. A reverse proxy in front of it terminates TLS.
# listen = \"127.0.0.1:8080\"
";

const DATABASE: &str = "\
# SQLite, or postgres://user@host/name. Write a password to the environment, or name a file by `url_file`.
";

const DATABASE_IN_ENVIRONMENT: &str = "\
# The URL contains a password, so `.env` sets it: SIGNET_DATABASE__URL.
";

const MAIL_IN_ENVIRONMENT: &str = "\
# The URL contains a password, so `.env` sets it: SIGNET_MAIL__URL.
";

const MAIL: &str = "\
# The mail server. Sign-up, login links and password resets need it. Without one, emails are printed to the
# terminal if only this machine can reach the service.
# The password belongs to the environment (SIGNET_MAIL__PASSWORD), or to a file that `password_file` names.
";

const CLIENTS: &str = "
# Each app is a client. Without any, one public client with the client_id `default` exists.
# [[clients]]
# client_id = \"spa\"
# origins = [\"https://app.example.com\"]
# redirect_uris = [\"https://app.example.com/callback\"]
";

/// The example of environment variables. It contains no secret.
pub(super) const ENVIRONMENT_EXAMPLE: &str = "\
# Copy this file to .env and fill in what you need. Variables of the process override it.
# Keep .env out of version control: it contains secrets.

# SIGNET_DATABASE__URL='postgres://signet:PASSWORD@db.example.com/signet?sslmode=verify-full'
# SIGNET_MAIL__PASSWORD='PASSWORD'
";
