//! The texts and files of the systems that are imported from.

mod firebase;

pub use self::firebase::{FirebaseParameters, InvalidHashConfig};
use super::{ForeignHash, HashRefusal};

/// Reads the text of a hash of any system that describes itself.
pub(super) fn parse(_text: &str) -> Result<ForeignHash, HashRefusal> {
    Err(HashRefusal::UnknownHash)
}

impl ForeignHash {
    /// Reads the hash of a Keycloak credential of the type `password`: two texts that contain JSON.
    ///
    /// # Errors
    /// The algorithm is unknown, its parameters exceed the limits, or a text is malformed.
    pub fn keycloak(secret_data: &str, credential_data: &str) -> Result<Self, HashRefusal> {
        let _ = (secret_data, credential_data);
        Err(HashRefusal::UnknownHash)
    }

    /// Reads the base64 of ASP.NET Core Identity, version 2 or 3.
    ///
    /// # Errors
    /// The version is unknown, the parameters exceed the limits, or the text is malformed.
    pub fn aspnet(base64: &str) -> Result<Self, HashRefusal> {
        let _ = base64;
        Err(HashRefusal::UnknownHash)
    }

    /// Reads the base64 texts `salt` and `passwordHash` of an export of Firebase.
    ///
    /// # Errors
    /// A text is malformed. The limits of the parameters were checked when they were read.
    pub fn firebase(
        parameters: &FirebaseParameters,
        salt: &str,
        hash: &str,
    ) -> Result<Self, HashRefusal> {
        let _ = (parameters, salt, hash);
        Err(HashRefusal::UnknownHash)
    }

    /// Reads the member `custom_password_hash` of a user of Auth0: a text that contains JSON.
    ///
    /// # Errors
    /// The algorithm or the way in which it is used is unknown, its parameters exceed the limits, or the text is malformed.
    pub fn auth0_custom(json: &str) -> Result<Self, HashRefusal> {
        let _ = json;
        Err(HashRefusal::UnknownHash)
    }
}
