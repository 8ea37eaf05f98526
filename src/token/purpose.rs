//! What is sealed for a purpose: the frame that all such tokens share.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    MintError, Tokens,
    kind::{Context, Form, Kind, Registered, Rejected},
};

/// What a sealed token can be for.
pub trait Purpose: Serialize + DeserializeOwned {
    /// Its name: part of the key, so that nothing sealed for one purpose opens for another.
    const PURPOSE: &'static str;
}

/// A sealed token: what it says, for which client, and how long it is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed<T> {
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

impl<T: Purpose> Kind for Sealed<T> {
    const FORM: Form = Form::Sealed {
        purpose: T::PURPOSE,
    };
    const LENIENT_EXPIRY: bool = false;

    fn registered(&self) -> Registered<'_> {
        Registered {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: None,
            abs_exp: None,
        }
    }

    fn check(&self, _: Context<'_>) -> Result<(), Rejected> {
        Ok(())
    }

    fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl Tokens {
    /// Seals what is said, for a client and so long.
    pub fn seal<T: Purpose>(
        &self,
        says: T,
        client_id: &str,
        lifetime: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<String, MintError> {
        let claims = Sealed {
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
    pub async fn unseal<T: Purpose>(
        &self,
        presented: &str,
        now: DateTime<Utc>,
    ) -> Result<Sealed<T>, Rejected> {
        self.verify_or_catch_up(presented, now).await
    }
}
