//! `signet keys reseal`, and the same before `signet keys prune` removes a secret.

use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    cli::{
        CommandContext, CommandFailure, counted, print_result,
        setup::{self, SchemaNeed},
    },
    keyring,
    limits::Limits,
    mail::Mailer,
    sealed_passwords::SealedPasswords,
    second_factor::SecondFactors,
    token::ResealReport,
};

/// The results of sealing both kinds of secrets again.
struct Resealed {
    apps: ResealReport,
    passwords: ResealReport,
}

impl Resealed {
    /// Returns the sum of a number of both reports.
    fn total(&self, number: impl Fn(&ResealReport) -> u64) -> u64 {
        number(&self.apps) + number(&self.passwords)
    }
}

/// Seals the stored secrets again, and prints their number.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again.
pub(super) async fn run(context: &CommandContext) -> Result<(), CommandFailure> {
    let Resealed { apps, passwords } = reseal(context).await?;
    let secrets = number_of(apps.resealed, "secret");
    print_result(format!("{secrets} of authenticator apps sealed again."));
    if passwords.found > 0 {
        let secrets = number_of(passwords.resealed, "secret");
        print_result(format!("{secrets} of imported passwords sealed again."));
    }
    Ok(())
}

/// Seals the stored secrets again before a master secret is removed.
///
/// # Errors
/// A row cannot be sealed again, or the database may be another one than that of these keys. The secret has to stay.
pub(super) async fn before_pruning(context: &CommandContext) -> Result<(), CommandFailure> {
    let resealed = reseal(context).await.map_err(|failure| {
        let cause = failure.message;
        CommandFailure::new(format!(
            "the retired secrets are kept, because the secrets in the database could not be sealed again: {cause}"
        ))
    })?;
    let folder = &context.config.keys.folder;
    if resealed.total(|report| report.found) > 0 {
        return Ok(());
    }
    if keyring::has_sealed_apps(folder) {
        let noted = keyring::sealed_apps_note(folder);
        return Err(CommandFailure::new(format!(
            "the retired secrets are kept, because they have sealed secrets of authenticator apps or of imported passwords, \
             and the database has none: check database.url; if no user has an app or such a password any more, remove {}",
            noted.display()
        )));
    }
    let store = setup::open(context, SchemaNeed::AsItIs).await?.store;
    if store.users(None, 1).await?.is_empty() {
        return Err(CommandFailure::new(
            "the retired secrets are kept, because the database has no user: check database.url",
        ));
    }
    Ok(())
}

/// Notes in the key folder that the database has authenticator apps or imported passwords with sealed secrets, so that a
/// later prune beside another database keeps the secrets. A database that cannot be read now, or a folder that cannot be
/// written to, is no fault here.
pub(super) async fn note_apps(context: &CommandContext) {
    if keyring::has_sealed_apps(&context.config.keys.folder) {
        return;
    }
    let Ok(opened) = setup::open(context, SchemaNeed::AsItIs).await else {
        return;
    };
    let apps = opened.store.totp_rows(None, 1).await;
    let has_apps = apps.is_ok_and(|rows| !rows.is_empty());
    let has_sealed = has_apps
        || SealedPasswords::any(&opened.store)
            .await
            .unwrap_or_default();
    note(context, has_sealed);
}

fn note(context: &CommandContext, has_sealed: bool) {
    let folder = &context.config.keys.folder;
    if has_sealed && let Err(error) = keyring::note_sealed_apps(folder) {
        let noted = keyring::sealed_apps_note(folder);
        tracing::warn!("{}: cannot be written: {error}", noted.display());
    }
}

/// Seals the stored secrets again.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again: its master secret has to stay.
async fn reseal(context: &CommandContext) -> Result<Resealed, CommandFailure> {
    let store = setup::open(context, SchemaNeed::AsItIs).await?.store;
    let tokens = setup::command_tokens(context)?;
    let passwords = SealedPasswords {
        store: store.clone(),
        tokens: tokens.clone(),
    };
    let factors = SecondFactors {
        store,
        tokens,
        limits: Limits::none(),
        mailer: Mailer::none(),
    };
    let now = context.clock.now();
    let report = Resealed {
        apps: factors.reseal(now).await?,
        passwords: passwords.reseal(now).await?,
    };
    note(context, report.total(|it| it.found - it.unreadable) > 0);
    let resealed = report.total(|it| it.resealed);
    if resealed > 0 {
        audit!(AuditAction::KeysReseal, Done, resealed, by = COMMAND_LINE);
    }
    if report.apps.unreadable > 0 {
        let secrets = number_of(report.apps.unreadable, "secret");
        return Err(CommandFailure::new(format!(
            "{secrets} of authenticator apps cannot be opened: restore the removed secret files in keys.folder, or \
             run `signet users factors reset` for the users in the log"
        )));
    }
    if report.passwords.unreadable > 0 {
        let secrets = number_of(report.passwords.unreadable, "secret");
        return Err(CommandFailure::new(format!(
            "{secrets} of imported passwords cannot be opened: restore the removed secret files in keys.folder, or \
             run `signet users password` for the users in the log"
        )));
    }
    Ok(report)
}

fn number_of(count: u64, noun: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), noun)
}
