//! `signet keys …`.

mod time;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

use self::time::{ClockCheckError, checked};
use super::{CommandContext, CommandFailure, print, setup, tell};
use crate::{
    audit::AuditAction,
    client::Algorithm,
    keyring::{self, KeyKind, PruneReport, UpcomingKeys, WrittenFile},
};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Create missing keys and the secret, active immediately; if none are missing, create successors that
    /// become active after `keys.publish_ahead` (24 h)
    Generate {
        /// Activate successors immediately. For emergencies: services that cache the key set reject new
        /// tokens until they fetch it again
        #[arg(long)]
        now: bool,
        /// Create only these kinds: es256, rs256, eddsa, secret
        #[arg(requires = "now", value_name = "KIND", value_parser = kind)]
        kinds: Vec<KeyKind>,
    },
    /// List keys and secrets with their state and schedule
    List,
    /// Create successors of keys older than `keys.rotate_after`, unless one is waiting; run it from a timer
    Rotate(Confirmation),
    /// Delete keys and secrets that no longer verify any token
    Prune(Confirmation),
    /// Print the published key set (JWKS)
    Jwks,
}

/// A confirmation of this machine's clock.
#[derive(Debug, Args)]
pub(super) struct Confirmation {
    /// Today's date; confirms this machine's clock if no PostgreSQL server can
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
}

fn kind(text: &str) -> Result<KeyKind, &'static str> {
    if text == "secret" {
        return Ok(KeyKind::Secret);
    }
    let key = Algorithm::of_file_tag(text).map(KeyKind::Key);
    key.ok_or("must be es256, rs256, eddsa or secret")
}

pub(super) async fn run(
    environment: &CommandContext,
    command: KeysCommand,
) -> Result<(), CommandFailure> {
    match command {
        KeysCommand::Generate { now: false, .. } => generate(environment),
        KeysCommand::Generate { now: true, kinds } => generate_now(environment, &kinds),
        KeysCommand::List => list(environment),
        KeysCommand::Rotate(confirmation) => rotate(environment, &confirmation).await,
        KeysCommand::Prune(confirmation) => prune(environment, &confirmation).await,
        KeysCommand::Jwks => {
            let now = environment.clock.now();
            print(setup::read_keys(environment)?.jwks(now).text())
        }
    }
}

fn generate(environment: &CommandContext) -> Result<(), CommandFailure> {
    let mut written = setup::generate_keys(environment)?;
    if written.is_empty() {
        let signs_from = environment.clock.now() + environment.config.keys.publish_ahead;
        written = write_successors(environment, &[], signs_from)?;
    }
    show(&written);
    Ok(())
}

fn generate_now(environment: &CommandContext, kinds: &[KeyKind]) -> Result<(), CommandFailure> {
    show(&write_successors(
        environment,
        kinds,
        environment.clock.now(),
    )?);
    tell("The replaced keys verify tokens for their usual time, unless their files are removed.");
    Ok(())
}

/// Writes a successor of each of these kinds, or of all that are in use.
fn write_successors(
    environment: &CommandContext,
    kinds: &[KeyKind],
    signs_from: DateTime<Utc>,
) -> Result<Vec<WrittenFile>, CommandFailure> {
    let keys = &environment.config.keys;
    let needed = KeyKind::needed_for(&keys.algorithms);
    let kinds = if kinds.is_empty() { &needed } else { kinds };
    let written = keyring::write_successors(&keys.folder, kinds, signs_from, &environment.entropy)?;
    setup::profiles(AuditAction::KeysGenerate, &written);
    Ok(written)
}

async fn rotate(
    environment: &CommandContext,
    confirmation: &Confirmation,
) -> Result<(), CommandFailure> {
    let CommandContext {
        config, entropy, ..
    } = environment;
    let (keys, leeway) = (&config.keys, config.tokens.leeway);
    let time = match checked(environment, confirmation.today).await {
        // Nothing is lost by a successor, and the newest file says whether it is due.
        Err(ClockCheckError::Unreachable { time, cause }) => {
            tracing::warn!(cause, "the clock of the database server could not be read");
            time
        }
        checked => checked?,
    };
    let written = keyring::rotate(keys, &config.issuer, leeway, entropy, time)?;
    if written.is_empty() {
        tell("No rotation is due.");
        return Ok(());
    }
    setup::profiles(AuditAction::KeysRotate, &written);
    show(&written);
    Ok(())
}

async fn prune(
    environment: &CommandContext,
    confirmation: &Confirmation,
) -> Result<(), CommandFailure> {
    let config = &environment.config;
    let (keys, leeway) = (&config.keys, config.tokens.leeway);
    let time = checked(environment, confirmation.today).await?;
    let PruneReport { removed, unproven } = keyring::prune(keys, &config.issuer, leeway, time)?;
    if removed.is_empty() && unproven.is_empty() {
        tell("No key or secret can be removed yet.");
        return Ok(());
    }
    if !removed.is_empty() {
        setup::profiles(AuditAction::KeysPrune, &removed);
    }
    for file in removed {
        tell(format!("{}  removed", file.path.display()));
    }
    for file in &unproven {
        let path = keys.folder.join(file.to_string());
        tell(format!("{}  kept", path.display()));
    }
    if unproven.is_empty() {
        return Ok(());
    }
    tell(format!(
        "The kept files are retired only according to this machine's clock, and the next prune after a \
         rotation removes them. To remove them now, check the clock and run `signet keys prune --today {}`.",
        time.now().format("%F")
    ));
    Ok(())
}

fn show(written: &[WrittenFile]) {
    for file in written {
        let from = file.file.signs_from.to_rfc3339();
        tell(format!("{}  signs from {from}", file.path.display()));
    }
}

fn list(environment: &CommandContext) -> Result<(), CommandFailure> {
    let now = environment.clock.now();
    let keyring = setup::read_keys(environment)?;
    let time =
        |time: Option<DateTime<Utc>>| time.map_or_else(|| "-".to_owned(), |time| time.to_rfc3339());
    print(format!(
        "{:<9}  {:<6}  {:<25}  {:<25}  {:<25}  kid",
        "phase", "kind", "signs from", "signs until", "verifies until"
    ))?;
    for (file, kid, window) in keyring.list() {
        print(format!(
            "{:<9}  {:<6}  {:<25}  {:<25}  {:<25}  {kid}",
            window.phase(now).to_string(),
            file.kind.to_string(),
            time(Some(window.signs_from)),
            time(window.signs_until),
            time(window.verifies_until),
        ))?;
    }
    for UpcomingKeys {
        kind,
        signing,
        next,
    } in keyring.upcoming(now)
    {
        let rotate_after = environment.config.keys.rotate_after;
        let due = signing.map(|since| since + rotate_after);
        print(match (next, due) {
            (Some(next), _) => format!("{kind}: the successor signs from {}", next.to_rfc3339()),
            (None, Some(due)) if due > now => format!(
                "{kind}: no successor is waiting; `signet keys rotate` creates one from {} on",
                due.to_rfc3339()
            ),
            (None, _) => {
                format!("{kind}: no successor is waiting; `signet keys rotate` creates one now")
            }
        })?;
    }
    Ok(())
}
