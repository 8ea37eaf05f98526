//! The check of a password against the hash of another system.

use argon2::Block;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::{ForeignHash, HashSecrets, Proof, Secrets};
use crate::password::{PresentedPassword, phc::HashFailed};

impl ForeignHash {
    /// Returns true if the password matches as the user typed it, or in NFC. Compares in constant time.
    ///
    /// # Errors
    /// The computation fails, or the secret parameters are still sealed.
    pub(in crate::password) fn matches(
        &self,
        password: &PresentedPassword,
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashFailed> {
        let Secrets::Open(secrets) = &self.secrets else {
            return Err(HashFailed);
        };
        for text in [password.as_typed(), password.as_str()] {
            if self.matches_text(text, secrets, memory)? {
                return Ok(true);
            }
            if text == password.as_str() {
                break;
            }
        }
        Ok(false)
    }

    fn matches_text(
        &self,
        text: &str,
        secrets: &HashSecrets,
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashFailed> {
        let pepper = secrets.pepper.as_deref().unwrap_or_default();
        let password = Zeroizing::new([text, pepper].concat());
        let Some(digest) = self.scheme.digest(password.as_bytes(), secrets)? else {
            return Ok(false);
        };
        match &self.proof {
            Proof::Digest(expected) => Ok(verify_slices_are_equal(&digest, expected).is_ok()),
            Proof::Wrapped(wrapped) => wrapped.matches(&digest, memory),
        }
    }
}
