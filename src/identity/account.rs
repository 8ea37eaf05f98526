//! One provider's identity of a user.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AccountId, UserId};
use crate::entropy::{Entropy, Unavailable};

/// What kind of provider an account belongs to: the column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
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

/// A kind of account that this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no kind of account")]
pub struct UnknownAccountKind;

impl TryFrom<String> for AccountKind {
    type Error = UnknownAccountKind;

    fn try_from(text: String) -> Result<Self, UnknownAccountKind> {
        let mut all = [Self::Credentials, Self::Email].into_iter();
        all.find(|kind| kind.as_str() == text)
            .ok_or(UnknownAccountKind)
    }
}

/// One way in. One user has many; (`provider`, `provider_account_id`) is unique.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    /// The row.
    pub id: AccountId,
    /// Whose way in this is.
    pub user_id: UserId,
    /// The kind of provider.
    #[sqlx(rename = "type", try_from = "String")]
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
