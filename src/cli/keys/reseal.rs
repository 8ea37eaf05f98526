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
    token::Tokens,
};

/// Seals the stored secrets again, and prints their number.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again.
pub(super) async fn run(context: &CommandContext) -> Result<(), CommandFailure> {
    let resealed = reseal(context).await?;
    let secrets = counted(usize::try_from(resealed).unwrap_or(usize::MAX), "secret");
    print_result(format!("{secrets} of authenticator apps sealed again."));
    Ok(())
}

/// Seals the stored secrets again, and returns their number.
///
/// # Errors
/// The database cannot be opened, or a row cannot be sealed again: its master secret has to stay.
pub(super) async fn reseal(context: &CommandContext) -> Result<u64, CommandFailure> {
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
