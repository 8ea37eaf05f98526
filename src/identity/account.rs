//! One provider's identity of a user.

use chrono::{DateTime, Utc};

use super::{AccountId, UserId};
use crate::entropy::{Entropy, Unavailable};

/// What kind of provider an account belongs to: the column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A password kept here.
    Credentials,
    /// A mailbox that the user has shown to read.
    Email,
}

impl AccountKind {
    /// The word in the database. These two are also the names of their only provider.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Email => "email",
        }
    }
}

/// One way in. One user has many; (`provider`, `provider_account_id`) is unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The row.
    pub id: AccountId,
    /// Whose way in this is.
    pub user_id: UserId,
    /// The kind of provider.
    pub kind: AccountKind,
    /// Who verifies it.
    pub provider: String,
    /// What the provider calls it.
    pub provider_account_id: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Account {
    /// A way in that Signet itself verifies. It is keyed by the user's id, never by the address:
    /// addresses change.
    pub fn own(
        kind: AccountKind,
        user_id: UserId,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, Unavailable> {
        Ok(Self {
            id: AccountId::new(now, entropy)?,
            user_id,
            kind,
            provider: kind.as_str().to_owned(),
            provider_account_id: user_id.to_string(),
            created_at: now,
        })
    }
}
