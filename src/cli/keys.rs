//! `signet keys …`.

mod list;
mod reseal;
mod time;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

use self::time::{ClockCheckError, checked_time};
use super::{CommandContext, CommandFailure, print, print_result, setup};
use crate::{
    audit::AuditAction,
    client::Algorithm,
    keyring::{self, CheckedTime, KeyKind, PruneReport, RetiredSecrets, WrittenFile},
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
        #[arg(requires = "now", value_name = "KIND", value_parser = key_kind)]
        kinds: Vec<KeyKind>,
    },
    /// List keys and secrets with their state and schedule
    List,
    /// Create successors of keys older than `keys.rotate_after`, unless one is waiting; run it from a timer
    Rotate(Confirmation),
    /// Delete keys and secrets that no longer verify any token
    Prune(Confirmation),
    /// Seal stored secrets of authenticator apps and of imported passwords again by the present secret;
    /// `prune` does so first
    Reseal,
    /// Print the published key set (JWKS)
    Jwks,
}

/// A confirmation of the clock of this machine.
#[derive(Debug, Args)]
pub(super) struct Confirmation {
    /// Today's date; confirms this machine's clock if no PostgreSQL server can
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
}

fn key_kind(text: &str) -> Result<KeyKind, &'static str> {
    if text == "secret" {
        return Ok(KeyKind::Secret);
    }
    let key = Algorithm::of_file_tag(text).map(KeyKind::Key);
    key.ok_or("must be es256, rs256, eddsa or secret")
}

pub(super) async fn run(
    context: &CommandContext,
    command: KeysCommand,
) -> Result<(), CommandFailure> {
    match command {
        KeysCommand::Generate { now: false, .. } => generate(context),
        KeysCommand::Generate { now: true, kinds } => generate_now(context, &kinds),
        KeysCommand::List => list::run(context),
        KeysCommand::Rotate(confirmation) => rotate(context, &confirmation).await,
        KeysCommand::Prune(confirmation) => prune(context, &confirmation).await,
        KeysCommand::Reseal => reseal::run(context).await,
        KeysCommand::Jwks => {
            let now = context.clock.now();
            print(setup::read_existing_keys(context)?.jwks(now).text())
        }
    }
}

fn generate(context: &CommandContext) -> Result<(), CommandFailure> {
    let mut written = setup::generate_keys(context)?;
    if written.is_empty() {
        let signs_from = context.clock.now() + context.config.keys.publish_ahead;
        written = write_successors(context, &[], signs_from)?;
    }
    print_written(&written);
    Ok(())
}

fn generate_now(context: &CommandContext, kinds: &[KeyKind]) -> Result<(), CommandFailure> {
    print_written(&write_successors(context, kinds, context.clock.now())?);
    print_result(
        "The replaced keys verify tokens for their usual time, unless their files are removed.",
    );
    Ok(())
}

/// Writes a successor of each kind in `kinds`, or of all kinds in use if it is empty.
fn write_successors(
    context: &CommandContext,
    kinds: &[KeyKind],
    signs_from: DateTime<Utc>,
) -> Result<Vec<WrittenFile>, CommandFailure> {
    let keys = &context.config.keys;
    let needed = KeyKind::needed_for(&keys.algorithms);
    let kinds = if kinds.is_empty() { &needed } else { kinds };
    let written = keyring::write_successors(&keys.folder, kinds, signs_from, &context.entropy);
    let written = written.map_err(|fault| setup::unusable_keys(context, [fault]))?;
    setup::audit_files(AuditAction::KeysGenerate, &written);
    Ok(written)
}

async fn rotate(
    context: &CommandContext,
    confirmation: &Confirmation,
) -> Result<(), CommandFailure> {
    let CommandContext {
        config, entropy, ..
    } = context;
    let (keys, leeway) = (&config.keys, config.tokens.leeway);
    let time = match checked_time(context, confirmation.today).await {
        // An extra successor does no harm, and the newest file determines whether one is due.
        Err(ClockCheckError::Unreachable { time, cause }) => {
            tracing::warn!(cause, "the clock of the database server could not be read");
            time
        }
        checked => checked?,
    };
    let written = keyring::rotate(keys, &config.issuer, leeway, entropy, time);
    let written = written.map_err(|faults| setup::unusable_keys(context, faults))?;
    if written.is_empty() {
        print_result("No rotation is due.");
        return Ok(());
    }
    setup::audit_files(AuditAction::KeysRotate, &written);
    print_written(&written);
    Ok(())
}

async fn prune(
    context: &CommandContext,
    confirmation: &Confirmation,
) -> Result<(), CommandFailure> {
    let config = &context.config;
    let (keys, leeway) = (&config.keys, config.tokens.leeway);
    let time = checked_time(context, confirmation.today).await?;
    let prune = |secrets| {
        let pruned = keyring::prune(keys, &config.issuer, leeway, time, secrets);
        pruned.map_err(|faults| setup::unusable_keys(context, faults))
    };
    let mut report = prune(RetiredSecrets::Keep)?;
    let mut cause = None;
    if report.sealing.is_empty() {
        reseal::note_apps(context).await;
    } else {
        match reseal::before_pruning(context).await {
            Ok(()) => {
                let removed = prune(RetiredSecrets::Remove)?.removed;
                report.removed.extend(removed);
                report.sealing.clear();
            }
            Err(failure) => cause = Some(failure),
        }
    }
    let PruneReport {
        removed,
        unproven,
        sealing,
    } = report;
    if removed.is_empty() && unproven.is_empty() && sealing.is_empty() {
        print_result("No key or secret can be removed yet.");
        return Ok(());
    }
    if !removed.is_empty() {
        setup::audit_files(AuditAction::KeysPrune, &removed);
    }
    for file in removed {
        print_result(format!("{}  removed", file.path.display()));
    }
    for file in unproven.iter().chain(&sealing) {
        let path = keys.folder.join(file.to_string());
        print_result(format!("{}  kept", path.display()));
    }
    if !unproven.is_empty() {
        print_unproven(time);
    }
    cause.map_or(Ok(()), Err)
}

/// Explains why retired files were kept.
fn print_unproven(time: CheckedTime) {
    print_result(format!(
        "The kept files are retired only according to this machine's clock, and the next prune after a \
         rotation removes them. To remove them now, check the clock and run `signet keys prune --today {}`.",
        time.now().format("%F")
    ));
}

fn print_written(written: &[WrittenFile]) {
    for file in written {
        let from = file.file.signs_from.to_rfc3339();
        print_result(format!("{}  signs from {from}", file.path.display()));
    }
}
