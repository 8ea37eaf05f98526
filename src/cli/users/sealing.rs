//! The password hasher of the import, which seals secret parameters of hashes with the keys of the service.

use crate::{
    blocking::Threads,
    cli::{CommandContext, CommandFailure, setup},
    password::Hasher,
    sealed_passwords::MasterSecretSealer,
};

/// Creates the hasher. Keys are read only if something is sealed.
///
/// # Errors
/// The keys cannot be read, or the operating system refuses the resources of the threads.
pub(super) fn hasher(context: &CommandContext, seals: bool) -> Result<Hasher, CommandFailure> {
    let CommandContext {
        config,
        clock,
        entropy,
        ..
    } = context;
    if !seals {
        return Ok(Hasher::new(&config.password, entropy.clone())?);
    }
    let tokens = setup::command_tokens(context)?;
    let clock = clock.clone();
    let sealer = MasterSecretSealer { tokens, clock };
    let hasher = Hasher::sealing_by(&config.password, entropy.clone(), Threads::Separate, sealer);
    Ok(hasher?)
}
