//! Sealed tokens with one frame of claims and a content for each purpose.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    MintError, Tokens,
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
};

/// The content of a sealed token.
pub trait SealedPurpose: Serialize + DeserializeOwned {
    /// The name of the purpose. It is an input to the key derivation, so a token that is sealed for one
    /// purpose cannot be opened for another.
    const PURPOSE: &'static str;
}

/// The claims of a sealed token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedToken<T> {
    /// The issuer.
    pub iss: String,
    /// The client that the token was made for.
    pub client_id: String,
    /// The unique identifier of the token.
    pub jti: String,
    /// The time at which the token was sealed.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The expiration time.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The content. Tokens of earlier releases have it under the same name.
    #[serde(rename = "says")]
    pub claims: T,
}

impl<T> SealedToken<T> {
    /// Returns the token with another content.
    pub fn map<U>(self, content: impl FnOnce(T) -> U) -> SealedToken<U> {
        SealedToken {
            iss: self.iss,
            client_id: self.client_id,
            jti: self.jti,
            iat: self.iat,
            exp: self.exp,
            claims: content(self.claims),
        }
    }
}

impl<T: SealedPurpose> TokenKind for SealedToken<T> {
    const FORM: TokenForm = TokenForm::Sealed {
        purpose: T::PURPOSE,
    };
    const EXPIRY_HAS_LEEWAY: bool = false;

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

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }
}

impl Tokens {
    /// Seals content for a client. The token is valid for `lifetime`.
    pub fn seal<T: SealedPurpose>(
        &self,
        claims: T,
        client_id: &str,
        lifetime: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<String, MintError> {
        let sealed = SealedToken {
            iss: self.issuer().as_str().to_owned(),
            client_id: client_id.to_owned(),
            jti: self.0.entropy.identifier()?,
            iat: now,
            exp: now + lifetime,
            claims,
        };
        self.mint(&sealed, now)
    }

    /// Opens a token that any node has sealed. Reloads the keys first if the token names a newer secret.
    pub async fn unseal<T: SealedPurpose>(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<T>, TokenRejection> {
        self.verify_or_catch_up(presented, now).await
    }
}
