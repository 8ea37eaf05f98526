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
    metrics::Metrics,
    second_factor::{ResealReport, SecondFactors},
    token::Tokens,
};

/// Seals the stored secrets again, and prints their number.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again.
pub(super) async fn run(context: &CommandContext) -> Result<(), CommandFailure> {
    let resealed = reseal(context).await?.resealed;
    let secrets = counted(usize::try_from(resealed).unwrap_or(usize::MAX), "secret");
    print_result(format!("{secrets} of authenticator apps sealed again."));
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
            "the retired secrets are kept, because the secrets of authenticator apps could not be sealed again: {cause}"
        ))
    })?;
    let folder = &context.config.keys.folder;
    if resealed.found > 0 {
        return Ok(());
    }
    if keyring::has_sealed_apps(folder) {
        let noted = keyring::sealed_apps_note(folder);
        return Err(CommandFailure::new(format!(
            "the retired secrets are kept, because they have sealed secrets of authenticator apps, and the database has \
             none: check database.url; if no user has an app any more, remove {}",
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

/// Notes in the key folder that the database has authenticator apps, so that a later prune beside another database keeps
/// the secrets. A database that cannot be read now, or a folder that cannot be written to, is no fault here.
pub(super) async fn note_apps(context: &CommandContext) {
    if keyring::has_sealed_apps(&context.config.keys.folder) {
        return;
    }
    let Ok(opened) = setup::open(context, SchemaNeed::AsItIs).await else {
        return;
    };
    if let Ok(rows) = opened.store.totp_rows(None, 1).await {
        note(context, !rows.is_empty());
    }
}

fn note(context: &CommandContext, has_apps: bool) {
    let folder = &context.config.keys.folder;
    if has_apps && let Err(error) = keyring::note_sealed_apps(folder) {
        let noted = keyring::sealed_apps_note(folder);
        tracing::warn!("{}: cannot be written: {error}", noted.display());
    }
}

/// Seals the stored secrets again.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again: its master secret has to stay.
async fn reseal(context: &CommandContext) -> Result<ResealReport, CommandFailure> {
    let store = setup::open(context, SchemaNeed::AsItIs).await?.store;
    let config = &context.config;
    let tokens = Tokens::new(
        config.issuer.clone(),
        config.clients.clone(),
        setup::read_existing_keys(context)?,
        context.entropy.clone(),
        config.tokens.leeway,
        Metrics::default(),
    );
    let factors = SecondFactors {
        store,
        tokens,
        limits: Limits::none(),
        mailer: Mailer::none(),
    };
    let report = factors.reseal(context.clock.now()).await?;
    let ResealReport {
        found,
        resealed,
        unreadable,
    } = report;
    note(context, found > unreadable);
    if resealed > 0 {
        audit!(AuditAction::KeysReseal, Done, resealed, by = COMMAND_LINE);
    }
    if unreadable > 0 {
        let secrets = counted(usize::try_from(unreadable).unwrap_or(usize::MAX), "secret");
        return Err(CommandFailure::new(format!(
            "{secrets} of authenticator apps cannot be opened: restore the removed secret files in keys.folder, or \
             run `signet users factors reset` for the users in the log"
        )));
    }
    Ok(report)
}
