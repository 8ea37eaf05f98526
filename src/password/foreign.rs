//! Password hashes of other systems: read, held within limits, stored, and checked.
//!
//! A hash of another system is stored as a text that names its scheme, like a PHC string. The first login with the right
//! password replaces it by Argon2id. Parameters that are secret are sealed into the text. A weak hash is wrapped in
//! Argon2id before it is stored.

mod argon2_variants;
mod bcrypt;
mod check;
mod crypt;
mod fields;
mod hash_function;
mod limits;
mod one_round;
mod pbkdf2;
mod scheme;
mod scrypt;
mod secrets;
mod sources;
mod stored;

use self::scheme::HashScheme;
pub use self::{
    secrets::{HashSecrets, OpenedSecrets, SecretSealer, SecretsUnavailable},
    sources::{FirebaseParameters, InvalidHashConfig},
    stored::SealedVerifier,
};
use super::phc::StoredHash;

/// The reason why a hash of another system is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashRefusal {
    /// The text names no scheme that is supported.
    #[error("unknown_hash")]
    UnknownHash,
    /// The scheme is too weak to be imported unless the caller allows weak hashes.
    #[error("weak_hash")]
    WeakHash,
    /// The parameters exceed the limits: bcrypt cost 14, 2,000,000 iterations of PBKDF2, 128 MiB of scrypt, 1 GiB or 20
    /// passes of Argon2. Or they are below the minimum of the scheme.
    #[error("hash_parameters")]
    HashParameters,
    /// The text names a scheme, but is not a hash of the scheme.
    #[error("malformed")]
    Malformed,
}

/// A hash of another system that is well formed and within the limits of its parameters.
pub struct ForeignHash {
    scheme: HashScheme,
    proof: HashProof,
    secrets: SecretState,
}

/// A digest, or `None` for a password that has no digest.
type PasswordDigest = Option<zeroize::Zeroizing<Vec<u8>>>;

/// The value that a right password leads to.
enum HashProof {
    /// The output of the scheme.
    Digest(Vec<u8>),
    /// The Argon2id hash of the output of a weak scheme, and its PHC string.
    Wrapped(Box<StoredHash>, String),
}

/// The secret parameters, which are no part of the dump of a database.
enum SecretState {
    /// The secret parameters, which are empty for a hash without any.
    Open(HashSecrets),
    /// The parameters are sealed by a master secret.
    Sealed(String),
}

impl ForeignHash {
    fn new(scheme: impl Into<HashScheme>, digest: Vec<u8>) -> Self {
        Self {
            scheme: scheme.into(),
            proof: HashProof::Digest(digest),
            secrets: SecretState::Open(HashSecrets::default()),
        }
    }

    /// Reads a text that describes itself, and the stored forms that an export of Signet contains:
    ///
    /// - `$2a$`, `$2b$` and `$2y$` of bcrypt; `$argon2id$`, `$argon2i$` and `$argon2d$`.
    /// - Django: `pbkdf2_sha256$`, `pbkdf2_sha1$`, `argon2$`, `bcrypt_sha256$$`, `bcrypt$$`, `scrypt$`.
    /// - WordPress: `$wp$2y$`, `$P$` and `$H$` of phpass, 32 hexadecimal digits of MD5.
    /// - Better Auth: `SALT:KEY`, both hexadecimal.
    /// - Kratos: `$pbkdf2-sha256$`, `$scrypt$`, `$firescrypt$`, `$md5$`, `{SSHA…}`, `$sha…$`, `$hmac-…$`, `$md5-crypt$`,
    ///   `$sha256-crypt$`, `$sha512-crypt$`; and `$1$`, `$5$`, `$6$` of crypt(3).
    /// - Supabase: `$fbscrypt$v=1,…`.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`], [`HashRefusal::HashParameters`] or [`HashRefusal::Malformed`]. A weak hash is no
    /// error here: see [`Self::is_weak`].
    pub fn parse(text: &str) -> Result<Self, HashRefusal> {
        if text.len() > limits::MAX_TEXT {
            return Err(HashRefusal::Malformed);
        }
        match stored::parse(text) {
            Err(HashRefusal::UnknownHash) => sources::parse(text),
            read => read,
        }
    }

    /// Appends a pepper to every password before it is hashed, as Devise does. The pepper is sealed into the stored text.
    #[must_use]
    pub fn with_pepper(mut self, pepper: &str) -> Self {
        if let SecretState::Open(secrets) = &mut self.secrets
            && !pepper.is_empty()
        {
            secrets.pepper = Some(pepper.to_owned());
        }
        self
    }

    /// Returns true for MD5, SHA-1, one round of any SHA or HMAC, phpass and md5-crypt, unless the hash is already wrapped
    /// in Argon2id.
    pub fn is_weak(&self) -> bool {
        self.scheme.is_weak() && matches!(self.proof, HashProof::Digest(_))
    }
}

/// Shows no hash.
impl std::fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ForeignHash([secret])")
    }
}

#[cfg(test)]
mod tests;
