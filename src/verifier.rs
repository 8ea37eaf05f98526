//! Verifies the access tokens of a Signet issuer, for services written in Rust.
//!
//! ```toml
//! signet = { path = "../signet", default-features = false, features = ["verifier"] } # or "axum"
//! ```
//!
//! A [`Verifier`] is built for one issuer and one audience. It fetches the issuer's keys and caches them.
//! It is cheap to clone and needs no separate thread or runtime.
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
//! With the feature `axum`, a handler takes `Authorized` as an argument, which does all of this.
//!
//! # Users and clients
//!
//! [`Verifier::verify`] accepts tokens of users only, so `claims.sub` is always a user. A client can also
//! obtain a token for itself (client credentials, RFC 6749 §4.4), whose `sub` is the `client_id`. A service
//! that serves such clients as well calls [`Verifier::verify_caller`] and distinguishes the two:
//!
//! ```
//! use signet::verifier::CallerClaims;
//!
//! fn owner(caller: &CallerClaims) -> String {
//!     match caller {
//!         CallerClaims::User(claims) => format!("user {}", claims.sub),
//!         CallerClaims::Client(claims) => format!("client {}", claims.client_id),
//!     }
//! }
//! ```
//!
//! A token that another service obtained by token exchange (RFC 8693) is a token of the user. Its
//! `client_id` is that service, and [`Claims::actors`] returns the whole chain of services.
//!
//! ID tokens, logout tokens and refresh tokens are never accepted.
//!
//! # Sensitive requests
//!
//! [`Claims::require_acr`] and [`Claims::max_auth_age`] require a strong or a recent login. Their error is a challenge
//! (RFC 9470), on which the client sends the user to the authorization endpoint with its `acr_values` and `max_age`.
//! Neither a refresh nor the URL of a login raises `acr` or `auth_time` of a token, so the token alone decides.
//!
//! # Tokens that are bound to a key
//!
//! A client with `dpop_binds = "both"` obtains access tokens that are bound to its key (`DPoP`, RFC 9449). They come with
//! the scheme `DPoP` and a proof. [`Verifier::verify`] refuses such a token, so a stolen one cannot be used as a bearer
//! token; [`Verifier::verify_dpop`] accepts it with its proof. The extractors do so once [`Builder::base_url`] is set. A
//! proof that was used before is refused on the same node.
//!
//! # Requirements for a token
//!
//! - The JOSE header has exactly `alg`, `typ` and `kid`. Tokens with `crit`, `jku`, `jwk`, `x5u` and the like
//!   are refused before those members are read.
//! - `alg` is accepted and is the algorithm of the key, and `typ` is `at+jwt`.
//! - `iss` and `aud` match byte for byte, each as one string, as Signet mints them. An array that contains the
//!   audience is refused.
//! - `exp`, `iat` and every other claim of [`Access`](crate::token::claims::Access), or of
//!   [`ClientAccess`](crate::token::claims::ClientAccess) for a client, occur once and have the right type, and
//!   the token is valid now.
//! - The token has at most 8 KiB, which is checked before anything is decoded.
//!
//! # Key caching
//!
//! Keys are fetched from one URL, which is fixed when the verifier is built. Nothing in a token can cause a
//! request to another URL. Keys are fresh for as long as `Cache-Control` allows (5 s to an hour, or five
//! minutes if it states no lifetime). The first token after that starts a refresh. Tokens of known keys do
//! not wait for the refresh, so a withdrawn key may still verify for up to twice the time that the headers
//! allow. After that, tokens wait for the refresh.
//!
//! A `kid` that is not among the keys starts a refresh as well, at most once in [`Builder::cooldown`],
//! however many tokens name unknown keys. All of these tokens wait for the same refresh. While the issuer
//! cannot be reached, or responds with something other than a key set, the last valid keys are used for
//! [`Builder::stale_limit`] at most. A token that cannot be verified then is [`Error::Unavailable`] and
//! never rejected. A valid key set replaces the previous one even if none of its keys is usable: the other
//! keys are withdrawn, and their tokens are rejected.

mod builder;
mod caller;
mod claims;
mod dpop;
#[cfg(feature = "axum")]
mod extract;
mod fetch;
mod rejected;
mod step_up;

use std::{fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use self::{
    claims::{CheckedClaims, VerifiedClaims},
    fetch::{KeySetSource, TaggedKeySet},
};
use crate::{
    cached_fetch::{LookupError, RefreshingCache},
    client::Typ,
    clock::Clock,
    jws_compact::{self, TokenHeader, TokenParts},
    key_set::VerificationKey,
    spent::SpentTokens,
    token::claims::{is_expired, is_in_future},
};

#[cfg(feature = "axum")]
pub use self::extract::{Authorized, AuthorizedCaller, Denied};
pub use self::{
    builder::{Builder, Misconfigured},
    caller::{CallerClaims, ClientClaims},
    claims::{Claims, Forbidden},
    dpop::DpopRequest,
    rejected::{Error, Rejected, Unavailable},
    step_up::StepUp,
};
pub use crate::client::{Acr, Algorithm};

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
    /// The URL under which clients reach the service, for the extractors.
    #[cfg(feature = "axum")]
    base_url: Option<String>,
    /// The proofs that were used here.
    seen: SpentTokens,
    keys: RefreshingCache<KeySetSource>,
}

impl Verifier {
    /// Creates a builder of a verifier for tokens whose `iss` and `aud` are these, byte for byte. The
    /// audience is that of the client in the issuer's configuration, by default the issuer itself.
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> Builder {
        Builder::new(issuer.into(), audience.into())
    }

    /// Verifies `token`, an access token of a user, and returns its claims.
    ///
    /// The header and the claims are checked before the signature, so nothing is fetched for a token that
    /// would be refused anyway.
    ///
    /// # Errors
    /// The token is invalid, or there are no keys to verify it with.
    pub async fn verify(&self, token: &str) -> Result<Claims, Error> {
        self.verified(token, None).await
    }

    /// Verifies `token`, an access token of a user that is bound to a key, and the proof of the request that presents
    /// it (RFC 9449 §7.1), and returns its claims. A proof is accepted once, within 60 s of `iat`.
    ///
    /// # Errors
    /// The token or the proof is invalid, the token is not bound to the key of the proof, or there are no keys to verify
    /// the token with.
    pub async fn verify_dpop(
        &self,
        token: &str,
        request: DpopRequest<'_>,
    ) -> Result<Claims, Error> {
        self.verified(token, Some(request)).await
    }

    /// Verifies `token`, which may be of a user or of a client that acts for itself, and returns its claims.
    ///
    /// # Errors
    /// The token is invalid, or there are no keys to verify it with.
    pub async fn verify_caller(&self, token: &str) -> Result<CallerClaims, Error> {
        self.verified(token, None).await
    }

    /// Verifies `token`, which may be of a user or of a client that acts for itself, as [`Verifier::verify_dpop`] does.
    ///
    /// # Errors
    /// As [`Verifier::verify_dpop`].
    pub async fn verify_caller_dpop(
        &self,
        token: &str,
        request: DpopRequest<'_>,
    ) -> Result<CallerClaims, Error> {
        self.verified(token, Some(request)).await
    }

    async fn verified<C: VerifiedClaims>(
        &self,
        token: &str,
        request: Option<DpopRequest<'_>>,
    ) -> Result<C, Error> {
        if token.len() > jws_compact::MAX_BYTES {
            return Err(Rejected::TooLong.into());
        }
        let parts = TokenParts::of(token)?;
        let header = parts.header()?;
        let algorithm = self.0.algorithm(&header)?;
        let now = self.0.clock.now();
        let claims = C::read(&jws_compact::decode(parts.payload)?, now)?;
        self.0.check_claims(&claims.checked()?, now)?;

        let key = self.0.key(&header.kid).await?;
        if key.algorithm() != algorithm {
            return Err(Rejected::Header.into());
        }
        if !key.verifies(parts.message.as_bytes(), parts.signature) {
            return Err(Rejected::Signature.into());
        }
        let (confirmation, now) = (claims.checked()?.confirmation, self.0.clock.now());
        self.0.check_possession(token, confirmation, request, now)?;
        Ok(claims)
    }

    /// Checks that there are keys of an accepted algorithm, and fetches them if there are none. For
    /// readiness probes.
    ///
    /// # Errors
    /// There are no keys.
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
        found.map_err(|error| match error {
            LookupError::Unknown => Rejected::UnknownKey.into(),
            LookupError::Unavailable { retry_after, .. } => Unavailable { retry_after }.into(),
        })
    }

    /// Returns the algorithm of the header, if the header is acceptable.
    fn algorithm(&self, header: &TokenHeader) -> Result<Algorithm, Rejected> {
        let mut accepted = self.algorithms.iter().copied();
        let algorithm = accepted.find(|it| it.as_str() == header.alg);
        let is_of_type = self.types.iter().any(|typ| header.is_of(typ.as_str()));
        algorithm.filter(|_| is_of_type).ok_or(Rejected::Header)
    }

    fn check_claims(&self, claims: &CheckedClaims<'_>, now: DateTime<Utc>) -> Result<(), Rejected> {
        if claims.iss != self.issuer {
            return Err(Rejected::Issuer);
        }
        if claims.aud != self.audience {
            return Err(Rejected::Audience);
        }
        let begins = claims.not_before.unwrap_or(claims.iat);
        if is_in_future(begins.max(claims.iat), now, self.leeway) {
            return Err(Rejected::InFuture);
        }
        if is_expired(claims.exp, now, self.leeway) {
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
