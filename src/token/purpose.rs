//! What is sealed for a purpose: the frame that all such tokens share.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    MintError, Tokens,
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
};

/// What a sealed token can be for.
pub trait SealedPurpose: Serialize + DeserializeOwned {
    /// Its name: part of the key, so that nothing sealed for one purpose opens for another.
    const PURPOSE: &'static str;
}

/// A sealed token: what it says, for which client, and how long it is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedToken<T> {
    /// The issuer.
    pub iss: String,
    /// The client that it was made for.
    pub client_id: String,
    /// Its own name, unlike any other's.
    pub jti: String,
    /// When it was made.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// Until when it is good.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// What it says.
    pub says: T,
}

impl<T: SealedPurpose> TokenKind for SealedToken<T> {
    const FORM: TokenForm = TokenForm::Sealed {
        purpose: T::PURPOSE,
    };
    const LENIENT_EXPIRY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: None,
            abs_exp: None,
        }
    }

    fn check(&self, _: VerifyContext<'_>) -> Result<(), TokenRejection> {
        Ok(())
    }

    fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl Tokens {
    /// Seals what is said, for a client and so long.
    pub fn seal<T: SealedPurpose>(
        &self,
        says: T,
        client_id: &str,
        lifetime: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<String, MintError> {
        let claims = SealedToken {
            iss: self.issuer().as_str().to_owned(),
            client_id: client_id.to_owned(),
            jti: self.0.entropy.identifier()?,
            iat: now,
            exp: now + lifetime,
            says,
        };
        self.mint(&claims, now)
    }

    /// Opens what another node may have sealed a moment ago.
    pub async fn unseal<T: SealedPurpose>(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<T>, TokenRejection> {
        self.verify_or_catch_up(presented, now).await
    }
}
