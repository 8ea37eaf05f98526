//! Secret parameters of hashes, and their sealing.

use std::{fmt, pin::Pin};

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// Parameters that the database must not reveal. They are sealed into the stored text.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashSecrets {
    /// The text that is appended to each password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pepper: Option<String>,
    /// The signer key and the salt separator of Firebase, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) firebase: Option<(String, String)>,
}

impl HashSecrets {
    /// Returns true if there is nothing to seal.
    pub(super) const fn is_empty(&self) -> bool {
        self.pepper.is_none() && self.firebase.is_none()
    }
}

impl Drop for HashSecrets {
    fn drop(&mut self) {
        self.pepper.zeroize();
        if let Some((key, separator)) = &mut self.firebase {
            key.zeroize();
            separator.zeroize();
        }
    }
}

/// Shows no secret.
impl fmt::Debug for HashSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashSecrets([secret])")
    }
}

/// The secret parameters cannot be sealed or opened, which is a fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret parameters of a stored password cannot be sealed or opened; restore the removed file of its secret in \
     keys.folder"
)]
pub struct SecretsUnavailable;

/// Seals and opens secret parameters with the keys of the service, which this module does not know.
pub trait SecretSealer: fmt::Debug + Send + Sync {
    /// Seals parameters. The result consists of letters, digits, `.`, `-` and `_`.
    ///
    /// # Errors
    /// No key can seal.
    fn seal(&self, secrets: &HashSecrets) -> Result<String, SecretsUnavailable>;

    /// Opens parameters that any node has sealed.
    ///
    /// # Errors
    /// The key is gone, or the text was changed.
    fn open<'a>(&'a self, sealed: &'a str) -> OpenedSecrets<'a>;
}

/// The future of opened parameters.
pub type OpenedSecrets<'a> =
    Pin<Box<dyn Future<Output = Result<HashSecrets, SecretsUnavailable>> + Send + 'a>>;
