//! The command line.

mod check;
mod clients;
mod config;
mod descriptors;
mod healthcheck;
mod init;
mod keys;
mod mail;
mod migrate;
mod pages;
mod preview;
mod progress;
mod serve;
mod setup;
mod shell;
mod usage_tips;
mod users;
mod version;

use std::{
    fmt::{self, Display},
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};
use tokio::task::spawn_blocking;

use crate::{
    clock::Clock,
    config::{Config, ConfigError, ConfigErrors, FlagSettings, SettingSources},
    entropy::Entropy,
    store,
    telemetry::{self, RecentAuditEvents},
};

/// Stateless login and token service. Runs `serve` if no command is given
#[derive(Debug, Parser)]
#[command(name = "signet", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: SettingArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options of every command that change settings. They override the environment and the file.
#[derive(Debug, Args)]
struct SettingArgs {
    /// Configuration file [default: signet.toml, if present]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Issuer: the URL that identifies this service to clients
    #[arg(long, global = true, value_name = "URL")]
    issuer: Option<String>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Override a setting, such as `tokens.access_lifetime=1m`; can be repeated
    #[arg(long = "set", global = true, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// Allow plain HTTP beyond this machine. Anyone who sees the traffic can take over every account
    #[arg(long, global = true)]
    dangerously_http: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the service (default)
    Serve(serve::ServeArgs),
    /// Write a commented configuration, keys and an example of environment variables
    Init(init::InitArgs),
    /// Check settings, keys, database, mail server and providers; change nothing
    Check(check::CheckArgs),
    /// Ask a running service whether it is ready
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Apply pending database migrations
    Migrate(migrate::MigrateArgs),
    /// Generate client secrets
    #[command(subcommand)]
    Clients(clients::ClientsCommand),
    /// Describe all settings
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Manage signing keys and secrets
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Preview and test email
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Preview the hosted pages
    #[command(subcommand)]
    Pages(pages::PagesCommand),
    /// Manage users
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Print the completion script of a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page
    Man,
}

fn setting(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// The error message of a failed command, and its exit code.
#[derive(Debug)]
struct CommandFailure {
    code: u8,
    message: String,
}

impl CommandFailure {
    /// A failure outside the command's control: exit code 1.
    fn new(message: impl Display) -> Self {
        Self {
            code: 1,
            message: message.to_string(),
        }
    }

    /// Standard output cannot be written: exit code 1. Only commands that change nothing return it.
    fn unprinted(error: &io::Error) -> Self {
        Self::new(format!(
            "standard output cannot be written: {error}; nothing was changed"
        ))
    }

    /// Prints the message to standard error and returns the exit code.
    fn show(self) -> ExitCode {
        // If standard error cannot be written either, nothing is left to do.
        let _ = writeln!(io::stderr(), "signet: {}", self.message);
        ExitCode::from(self.code)
    }

    /// A wrong argument or setting: exit code 2.
    fn usage(message: impl Display) -> Self {
        Self {
            code: 2,
            message: message.to_string(),
        }
    }
}

impl Display for CommandFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<ConfigErrors> for CommandFailure {
    fn from(faults: ConfigErrors) -> Self {
        Self::usage(faults)
    }
}

impl From<store::Error> for CommandFailure {
    fn from(error: store::Error) -> Self {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        Self::new(format!(
            "database.url: {error}{}",
            cause.unwrap_or_default()
        ))
    }
}

impl From<crate::app::Error> for CommandFailure {
    fn from(error: crate::app::Error) -> Self {
        let sources = std::iter::successors(std::error::Error::source(&error), |it| it.source());
        let cause = sources.last().map(|cause| format!(": {cause}"));
        Self::new(format!("{error}{}", cause.unwrap_or_default()))
    }
}

impl From<crate::mail::SmtpSenderError> for CommandFailure {
    fn from(error: crate::mail::SmtpSenderError) -> Self {
        Self::usage(error)
    }
}

impl From<crate::entropy::EntropyError> for CommandFailure {
    fn from(error: crate::entropy::EntropyError) -> Self {
        Self::new(error)
    }
}

impl From<io::Error> for CommandFailure {
    fn from(error: io::Error) -> Self {
        Self::new(error)
    }
}

/// The most blocking threads of the runtime. They resolve the host name of the database server,
/// examine the path of the SQLite file and print the start message of `serve`.
const BLOCKING_THREADS: usize = 64;

/// The time limit for blocking tasks and the log at the end.
const EXIT_TIMEOUT: Duration = Duration::from_secs(1);

/// The time limit for writing a text to standard output.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

/// The configuration, the clock, the randomness and the audit events of a command.
struct CommandContext {
    config: Config,
    clock: Clock,
    entropy: Entropy,
    recent_events: RecentAuditEvents,
}

impl CommandContext {
    /// Returns the failure for a problem of the key folder. It names the origin of the setting.
    fn keys_failure(&self, problem: String) -> CommandFailure {
        let fault = ConfigError::of_files("keys.folder", problem);
        let ConfigErrors(faults) = self.config.with_origins(ConfigErrors(vec![fault]));
        let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
        CommandFailure::usage(lines.join("\n"))
    }
}

/// Runs the command of the process arguments.
pub fn main() -> ExitCode {
    let cli = match parse_arguments() {
        Ok(cli) => cli,
        Err(usage) => return print_usage(&usage),
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.show(),
    }
}

/// Parses the arguments of the process.
fn parse_arguments() -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command
        .clone()
        .try_get_matches()
        .map_err(usage_tips::with_tip)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Returns the definition of the command line.
///
/// Every command accepts `--listen`, like the other settings, because the default of `issuer` depends on
/// it. Only the help of `signet` and of `signet serve`, which listens, shows it.
fn command() -> clap::Command {
    let mut command = Cli::command().long_version(version::long());
    let arguments: Vec<_> = command.get_arguments().cloned().collect();
    let listen = arguments.into_iter().find(|it| it.get_id() == "listen");
    if let Some(listen) = listen {
        let hidden = listen.hide(true);
        command = command.mut_subcommands(|subcommand| match subcommand.get_name() {
            "serve" => subcommand,
            _ => subcommand.arg(hidden.clone()),
        });
    }
    command
}

fn run(cli: Cli) -> Result<(), CommandFailure> {
    let default = Command::Serve(serve::ServeArgs::default());
    match cli.command.unwrap_or(default) {
        Command::Completions(arguments) => shell::completions(command(), &arguments),
        Command::Config(command) => config::run(&command),
        Command::Man => shell::manual(command()),
        Command::Clients(command) => clients::run(&command),
        Command::Init(arguments) => init::run(flags(cli.settings), arguments),
        command => run_configured(flags(cli.settings), command),
    }
}

/// Returns the settings of the command line.
fn flags(settings: SettingArgs) -> FlagSettings {
    let named = [("issuer", settings.issuer), ("listen", settings.listen)];
    let named = named
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    FlagSettings {
        config: settings.config,
        settings: settings.set.into_iter().chain(named).collect(),
        dangerously_http: settings.dangerously_http,
    }
}

/// Runs a command that needs the configuration.
fn run_configured(flags: FlagSettings, command: Command) -> Result<(), CommandFailure> {
    let sources = SettingSources::of_process(flags)?;
    let warnings = sources.warnings().to_vec();
    let config = Config::load(sources.clone())?;
    let recent_events = RecentAuditEvents::new(config.admin.kept_events());
    let log = telemetry::init(config.log.format, &config.log.filter, &recent_events)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    let context = CommandContext {
        config,
        clock: Clock::system(),
        entropy: Entropy::system(),
        recent_events,
    };
    let done = runtime.block_on(async {
        match command {
            Command::Serve(arguments) => Box::pin(serve::run(context, sources, arguments)).await,
            Command::Check(arguments) => check::run(&context, &arguments).await,
            Command::Healthcheck(arguments) => healthcheck::run(&context, arguments).await,
            Command::Migrate(arguments) => migrate::run(&context, &arguments).await,
            Command::Keys(command) => keys::run(&context, command).await,
            Command::Mail(command) => mail::run(context, command).await,
            Command::Pages(command) => pages::run(&context, &command),
            Command::Users(command) => users::run(&context, command).await,
            Command::Init(_)
            | Command::Clients(_)
            | Command::Config(_)
            | Command::Completions(_)
            | Command::Man => Ok(()),
        }
    });
    // A disk that does not respond must not delay the exit.
    runtime.shutdown_timeout(EXIT_TIMEOUT);
    log.finish(EXIT_TIMEOUT);
    done
}

/// Prints a result line to standard output. A line that cannot be written is logged and fails
/// nothing, because the work is done.
fn print_result(line: impl Display) {
    if let Err(error) = write_line(line) {
        tracing::warn!(%error, "standard output cannot be written; the command has completed");
    }
}

/// Prints a text to standard output. Gives up after [`OUTPUT_TIMEOUT`], as when a pipe is full and
/// has no reader.
async fn print_or_give_up(text: String) {
    let printing = spawn_blocking(|| print_result(text));
    let _ = tokio::time::timeout(OUTPUT_TIMEOUT, printing).await;
}

/// Prints a line that is the purpose of the command to standard output.
///
/// # Errors
/// The line cannot be written. A closed pipe is not an error: its reader has read enough.
fn print(line: impl Display) -> Result<(), CommandFailure> {
    write_line(line).map_err(|error| CommandFailure::unprinted(&error))
}

fn write_line(line: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Prints help, the version or an argument error.
///
/// The empty lines of an error are left out, so that the whole message is visible at a glance.
fn print_usage(usage: &clap::Error) -> ExitCode {
    let is_help = usage.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if usage.use_stderr() && !is_help {
        let message = usage.render().to_string();
        let lines = message.lines().filter(|line| !line.is_empty());
        // If standard error cannot be written, nothing is left to do.
        let _ = writeln!(io::stderr(), "{}", lines.collect::<Vec<_>>().join("\n"));
        return ExitCode::from(2);
    }
    let printed = usage.print().and_then(|()| io::stdout().flush());
    match printed {
        Err(error) if !usage.use_stderr() && error.kind() != io::ErrorKind::BrokenPipe => {
            CommandFailure::unprinted(&error).show()
        }
        _ => ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2)),
    }
}

/// Formats a count with its noun: `1 migration`, `3 migrations`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
