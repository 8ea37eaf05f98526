//! `signet keys reseal`, and the same before `signet keys prune` removes a secret.

use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    cli::{
        CommandContext, CommandFailure, counted, print_result,
        setup::{self, SchemaNeed},
    },
    limits::Limits,
    mail::Mailer,
    metrics::Metrics,
    second_factor::{ResealReport, SecondFactors},
    store::Store,
    token::Tokens,
};

/// Seals the stored secrets again, and prints their number.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again.
pub(super) async fn run(context: &CommandContext) -> Result<(), CommandFailure> {
    let store = setup::open(context, SchemaNeed::AsItIs).await?.store;
    let resealed = reseal(context, store).await?;
    let secrets = counted(usize::try_from(resealed).unwrap_or(usize::MAX), "secret");
    print_result(format!("{secrets} of authenticator apps sealed again."));
    Ok(())
}

/// Seals the stored secrets again before their master secret is removed.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again: the master secret has to stay.
pub(super) async fn before_pruning(context: &CommandContext) -> Result<(), CommandFailure> {
    let config = &context.config.database;
    let store = Store::new(config).map_err(|error| CommandFailure::usage(error.to_string()))?;
    if store.file().is_some_and(|file| !file.exists()) {
        // Without a database nothing is sealed.
        return Ok(());
    }
    let store = setup::open(context, SchemaNeed::AsItIs).await?.store;
    reseal(context, store).await.map(drop)
}

async fn reseal(context: &CommandContext, store: Store) -> Result<u64, CommandFailure> {
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
    let ResealReport {
        resealed,
        unreadable,
    } = factors.reseal(context.clock.now()).await?;
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
    Ok(resealed)
}
