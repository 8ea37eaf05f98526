//! Credentials, against which secrets are verified.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{CredentialId, UserId};
use crate::entropy::{Entropy, EntropyError};

/// The kind of secret that a credential verifies: the column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A password. Each user has at most one.
    Password,
    /// The secret of an authenticator app (RFC 6238). Each user has at most one.
    Totp,
    /// The recovery codes. Each user has at most one list.
    RecoveryCodes,
    /// A passkey. Each user has at most ten.
    Passkey,
}

impl CredentialKind {
    /// Returns the word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCodes => "recovery_codes",
            Self::Passkey => "passkey",
        }
    }
}

/// The stored verifier of a secret: for a password its PHC string, for an authenticator app the sealed secret, for
/// recovery codes a JSON array of hashes, for a passkey versioned JSON. It is never shown.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct StoredVerifier(String);

impl StoredVerifier {
    /// Creates a verifier from a stored text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the stored text, for the code that verifies secrets.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoredVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredVerifier([secret])")
    }
}

/// A stored credential of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The id of the row.
    pub id: CredentialId,
    /// The user that owns the credential.
    pub user_id: UserId,
    /// The kind of secret.
    pub kind: CredentialKind,
    /// The verifier of the secret.
    pub verifier: StoredVerifier,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
}

impl Credential {
    /// Creates a password credential.
    pub fn password(
        user_id: UserId,
        verifier: StoredVerifier,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        Self::new(user_id, CredentialKind::Password, verifier, now, entropy)
    }

    /// Creates a credential of that kind.
    pub fn new(
        user_id: UserId,
        kind: CredentialKind,
        verifier: StoredVerifier,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        Ok(Self {
            id: CredentialId::new(now, entropy)?,
            user_id,
            kind,
            verifier,
            created_at: now,
        })
    }
}
