//! The password hasher of the import, which seals secret parameters of hashes with the keys of the service.

use crate::{
    cli::{CommandContext, CommandFailure},
    password::Hasher,
};

/// Creates the hasher. Keys are read only if there are secret parameters.
///
/// # Errors
/// The keys cannot be read.
pub(super) fn hasher(
    context: &CommandContext,
    _has_secrets: bool,
) -> Result<Hasher, CommandFailure> {
    Ok(Hasher::new(
        &context.config.password,
        context.entropy.clone(),
    )?)
}
