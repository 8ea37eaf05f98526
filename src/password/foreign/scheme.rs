//! The schemes: how a password leads to a digest.

use zeroize::Zeroizing;

use super::{HashSecrets, bcrypt::Bcrypt};
use crate::password::phc::HashFailed;

/// A digest, or `None` for a password that has no digest.
pub(super) type Digest = Option<Zeroizing<Vec<u8>>>;

/// A scheme with its parameters and its salt.
#[derive(Debug)]
pub(super) enum Scheme {
    Bcrypt(Bcrypt),
}

impl Scheme {
    /// Returns true if a guess costs next to nothing.
    pub(super) const fn is_weak(&self) -> bool {
        match self {
            Self::Bcrypt(_) => false,
        }
    }

    /// Returns the text to store.
    pub(super) fn text(&self, digest: &[u8]) -> String {
        match self {
            Self::Bcrypt(scheme) => scheme.text(digest),
        }
    }

    /// Computes the digest of a password.
    ///
    /// # Errors
    /// The computation fails.
    pub(super) fn digest(
        &self,
        password: &[u8],
        _secrets: &HashSecrets,
    ) -> Result<Digest, HashFailed> {
        Ok(match self {
            Self::Bcrypt(scheme) => scheme.digest(password).map(Zeroizing::new),
        })
    }
}
