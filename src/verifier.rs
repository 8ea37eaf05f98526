//! For Rust services that verify our access tokens: all of Signet that they need.
//!
//! ```toml
//! signet = { path = "../signet", default-features = false, features = ["verifier"] } # or "axum"
//! ```
//!
//! A [`Verifier`] knows an issuer and an audience, fetches the issuer's keys by itself and keeps
//! them. It is cheap to clone and holds no thread and no runtime.
//!
//! ```
//! use signet::verifier::{Error, Verifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::builder("http://127.0.0.1:8080", "https://api.example.com").build()?;
//!
//! # let (token, mut status) = ("not a token", 200);
//! match verifier.verify(token).await {
//!     Ok(claims) => println!("{} may {}", claims.sub, claims.scope),
//!     Err(Error::Rejected(_)) => status = 401,    // the client's fault: it logs in again
//!     Err(Error::Unavailable(_)) => status = 503, // the issuer cannot be reached: it tries again
//! }
//! # assert_eq!(status, 401);
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `axum`, a handler asks for `Authorized` and all of this is done.
//!
//! # What is demanded
//!
//! A header of exactly `alg`, `typ` and `kid`, so that `crit`, `jku`, `jwk`, `x5u` and the like are
//! refused unread; an accepted `alg`, which must be that of the key; `typ` = `at+jwt`; the issuer
//! and the audience byte for byte, each as one string, as Signet mints them (an array that holds
//! the audience is refused); `exp` and `iat`, and every other claim of
//! [`Access`](crate::token::claims::Access), each once and of its type. 8 KiB at most, judged before
//! anything is decoded.
//!
//! # How keys are kept
//!
//! They are fetched from one address, fixed when the verifier is built; nothing in a token leads
//! anywhere. As long as `Cache-Control` says (5 s to an hour; five minutes where it says nothing) they
//! are used as they are; then the next token brings about a refresh, which holds nobody up who
//! presents a token of a known key. So a key that was withdrawn may still verify without waiting, up
//! to twice as long as the headers say. Only who comes later than that waits for the refresh, because
//! nobody has asked meanwhile.
//!
//! A `kid` that is not among the keys brings about a refresh as well, once in
//! [`Builder::cooldown`], however many tokens name however many keys, and everybody waits for the
//! same one. While the issuer cannot be reached, or answers with what is no key set, the last good
//! keys are used, for [`Builder::stale_limit`] at most; a token that cannot be judged then is
//! [`Error::Unavailable`], never rejected. But a key set counts as it is, even if none of its keys is
//! of use here: the others are withdrawn, and their tokens rejected.

mod builder;
mod claims;
#[cfg(feature = "axum")]
mod extract;
mod fetch;
mod rejected;

use std::{fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use self::fetch::{KeySetSource, TaggedKeySet};
use crate::{
    cached_fetch::{LookupError, RefreshingCache},
    client::Typ,
    clock::Clock,
    jws_compact::{self, TokenHeader, TokenParts},
    key_set::VerificationKey,
    token::claims::{is_over, is_to_come},
};

#[cfg(feature = "axum")]
pub use self::extract::{Authorized, Denied};
pub use self::{
    builder::{Builder, Misconfigured},
    claims::{Claims, Forbidden},
    rejected::{Error, Rejected, Unavailable},
};
pub use crate::client::Algorithm;

/// Verifies the access tokens of one issuer for one audience.
#[derive(Clone)]
pub struct Verifier(Arc<VerifierInner>);

struct VerifierInner {
    issuer: String,
    audience: String,
    algorithms: Vec<Algorithm>,
    types: &'static [Typ],
    leeway: TimeDelta,
    clock: Clock,
    keys: RefreshingCache<KeySetSource>,
}

impl Verifier {
    /// A verifier of tokens whose `iss` and `aud` are these, byte for byte. The audience is that of
    /// the client in the issuer's configuration; by default it is the issuer itself.
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> Builder {
        Builder::new(issuer.into(), audience.into())
    }

    /// The claims of `token`, if it is a good one.
    ///
    /// What can be said without keys is said first: nothing is fetched for a token that would be
    /// refused anyway.
    ///
    /// # Errors
    /// The token is no good, or there are no keys to judge it by.
    pub async fn verify(&self, token: &str) -> Result<Claims, Error> {
        if token.len() > jws_compact::MAX_BYTES {
            return Err(Rejected::TooLong.into());
        }
        let parts = TokenParts::of(token)?;
        let header = parts.header()?;
        let algorithm = self.0.algorithm(&header)?;
        let claims = Claims::read(&jws_compact::decode(parts.payload)?)?;
        self.0.judge(&claims, self.0.clock.now())?;

        let key = self.0.key(&header.kid).await?;
        if key.algorithm() != algorithm {
            return Err(Rejected::Header.into());
        }
        if !key.verifies(parts.message.as_bytes(), parts.signature) {
            return Err(Rejected::Signature.into());
        }
        Ok(claims)
    }

    /// Whether there are keys to judge by, of an accepted algorithm; fetches them where there are
    /// none. For a service that says when it is ready.
    ///
    /// # Errors
    /// There are none.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        let keys = &self.0.keys;
        let usable = |found: &Arc<TaggedKeySet>| (!found.keys.is_empty()).then_some(());
        keys.find(usable).await.map_err(|_| Unavailable {
            retry_after: keys.retry_after(),
        })
    }
}

impl VerifierInner {
    async fn key(&self, kid: &str) -> Result<Arc<VerificationKey>, Error> {
        let found = self.keys.find(|found| found.keys.get(kid)).await;
        found.map_err(|missed| match missed {
            LookupError::Unknown => Rejected::UnknownKey.into(),
            LookupError::Unavailable { retry_after, .. } => Unavailable { retry_after }.into(),
        })
    }

    /// The algorithm of a header that is acceptable.
    fn algorithm(&self, header: &TokenHeader) -> Result<Algorithm, Rejected> {
        let mut accepted = self.algorithms.iter().copied();
        let algorithm = accepted.find(|it| it.as_str() == header.alg);
        let is_of_type = self.types.iter().any(|typ| header.is_of(typ.as_str()));
        algorithm.filter(|_| is_of_type).ok_or(Rejected::Header)
    }

    fn judge(&self, claims: &Claims, now: DateTime<Utc>) -> Result<(), Rejected> {
        if claims.iss != self.issuer {
            return Err(Rejected::Issuer);
        }
        if claims.aud != self.audience {
            return Err(Rejected::Audience);
        }
        let begins = claims.not_before()?.unwrap_or(claims.iat);
        if is_to_come(begins.max(claims.iat), now, self.leeway) {
            return Err(Rejected::InFuture);
        }
        if is_over(claims.exp, now, self.leeway) {
            return Err(Rejected::Expired);
        }
        Ok(())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("issuer", &self.0.issuer)
            .field("audience", &self.0.audience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(all(feature = "service", feature = "axum"))] // with the mint that its tokens are from
mod tests;
