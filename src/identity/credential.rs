//! What a secret is checked against.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{CredentialId, UserId};
use crate::entropy::{Entropy, EntropyError};

/// What kind of secret a credential verifies: the column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A memorised secret; one for each user.
    Password,
}

impl CredentialKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
        }
    }
}

/// The stored side of a secret: for a password its PHC string. Never shown.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct StoredVerifier(String);

impl StoredVerifier {
    /// Wraps a stored text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The stored text, for the one who checks secrets against it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoredVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier([secret])")
    }
}

/// A secret's verifier and whose it is.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The row.
    pub id: CredentialId,
    /// Whose secret it is.
    pub user_id: UserId,
    /// The kind of secret.
    pub kind: CredentialKind,
    /// What it is checked against.
    pub verifier: StoredVerifier,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Credential {
    /// A user's password.
    pub fn password(
        user_id: UserId,
        verifier: StoredVerifier,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        Ok(Self {
            id: CredentialId::new(now, entropy)?,
            user_id,
            kind: CredentialKind::Password,
            verifier,
            created_at: now,
        })
    }
}
