//! One provider's identity of a user.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, UserId};
use crate::entropy::{Entropy, EntropyError};

/// What kind of provider an account belongs to: the column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// A password kept here.
    Credentials,
    /// A mailbox that the user has shown to read.
    Email,
    /// Somebody else's server that speaks OAuth alone (GitHub).
    Oauth,
    /// Somebody else's server that speaks OpenID Connect.
    Oidc,
}

impl AccountKind {
    /// Every kind there is.
    const ALL: [Self; 4] = [Self::Credentials, Self::Email, Self::Oauth, Self::Oidc];

    /// The word in the database. The first two are also the names of their only provider.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Email => "email",
            Self::Oauth => "oauth",
            Self::Oidc => "oidc",
        }
    }

    /// Whether somebody else verifies it.
    pub const fn is_external(self) -> bool {
        match self {
            Self::Credentials | Self::Email => false,
            Self::Oauth | Self::Oidc => true,
        }
    }
}

/// A kind of account that this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a kind of account")]
pub struct UnknownAccountKind;

impl TryFrom<String> for AccountKind {
    type Error = UnknownAccountKind;

    fn try_from(text: String) -> Result<Self, UnknownAccountKind> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text)
            .ok_or(UnknownAccountKind)
    }
}

/// What somebody else's server has verified: whom it calls what. Addresses are no part of it:
/// they change, and not every server proves them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// What the server speaks.
    pub kind: AccountKind,
    /// The server: its issuer, or the name of a well-known one.
    pub provider: String,
    /// What it calls the person, for ever (OpenID Connect Core §2: `sub`).
    pub provider_account_id: String,
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
    ) -> Result<Self, EntropyError> {
        Ok(Self {
            id: AccountId::new(now, entropy)?,
            user_id,
            kind,
            provider: kind.as_str().to_owned(),
            provider_account_id: user_id.to_string(),
            created_at: now,
        })
    }

    /// A way in that somebody else verifies.
    pub fn external(
        external: &External,
        user_id: UserId,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        Ok(Self {
            id: AccountId::new(now, entropy)?,
            user_id,
            kind: external.kind,
            provider: external.provider.clone(),
            provider_account_id: external.provider_account_id.clone(),
            created_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_word() {
        for kind in AccountKind::ALL {
            assert_eq!(AccountKind::try_from(kind.as_str().to_owned()), Ok(kind));
        }
        for other in ["", "OIDC", "oidc ", "saml"] {
            let read = AccountKind::try_from(other.to_owned());
            assert_eq!(read, Err(UnknownAccountKind), "{other}");
        }
    }
}
