//! Accounts: the identities of a user at providers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AccountId, UserId};
use crate::entropy::{Entropy, EntropyError};

/// The kind of provider of an account: the column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// A password that Signet stores.
    Credentials,
    /// An email that the user has verified.
    Email,
    /// An external provider that supports only OAuth (GitHub).
    Oauth,
    /// An external provider that supports OpenID Connect.
    Oidc,
    /// The user in a service that the user was imported from. It is no login method.
    Import,
}

impl AccountKind {
    /// All kinds.
    const ALL: [Self; 5] = [
        Self::Credentials,
        Self::Email,
        Self::Oauth,
        Self::Oidc,
        Self::Import,
    ];

    /// Returns the word in the database. The first two are also the names of their only provider.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Email => "email",
            Self::Oauth => "oauth",
            Self::Oidc => "oidc",
            Self::Import => "import",
        }
    }

    /// Returns whether an external provider verifies the account.
    pub const fn is_external(self) -> bool {
        match self {
            Self::Credentials | Self::Email | Self::Import => false,
            Self::Oauth | Self::Oidc => true,
        }
    }

    /// Returns whether a user can log in by the account.
    pub const fn is_login_method(self) -> bool {
        !matches!(self, Self::Import)
    }
}

/// An unknown kind of account.
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

/// An identity that an external provider has verified. The email is not part of it: emails change,
/// and not every provider verifies them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// The protocol of the provider.
    pub kind: AccountKind,
    /// The provider: its issuer, or the short name of a well-known one.
    pub provider: String,
    /// The user's permanent identifier at the provider (OpenID Connect Core §2: `sub`).
    pub provider_account_id: String,
}

/// An identity of a user at a provider. A user can have many; (`provider`, `provider_account_id`)
/// is unique.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    /// The id of the row.
    pub id: AccountId,
    /// The user that owns the account.
    pub user_id: UserId,
    /// The kind of provider.
    #[sqlx(rename = "type", try_from = "String")]
    pub kind: AccountKind,
    /// The provider that verifies the account.
    pub provider: String,
    /// The user's identifier at the provider.
    pub provider_account_id: String,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
}

impl Account {
    /// Creates an account that Signet itself verifies. Its identifier is the user's id, not the
    /// email, because emails change.
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

    /// Creates an account that an external provider verifies.
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
    fn kinds_round_trip_and_unknown_kinds_are_refused() {
        for kind in AccountKind::ALL {
            assert_eq!(AccountKind::try_from(kind.as_str().to_owned()), Ok(kind));
        }
        for other in ["", "OIDC", "oidc ", "saml"] {
            let read = AccountKind::try_from(other.to_owned());
            assert_eq!(read, Err(UnknownAccountKind), "{other}");
        }
    }
}
