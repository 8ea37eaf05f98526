//! What an ID token must say to be let in (OpenID Connect Core §3.1.3.7).

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, SHA512, digest},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};

use super::IdToken;
use crate::{
    client::Algorithm,
    key_set::VerificationKey,
    microsoft_tenants::{self, Tenants},
    token::{
        claims::{is_over, is_to_come},
        kind::TokenRejection,
    },
};

/// Whose ID tokens are expected. It is configured, and never learnt from a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerRule<'a> {
    /// This one's, byte for byte.
    Exact(&'a str),
    /// Those of whichever of these tenants of Microsoft's the token says that it is of, in `tid` and
    /// in `iss`.
    Microsoft(Tenants),
}

/// What is expected of an ID token.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedIdToken<'a> {
    /// Who vouches.
    pub issuer: IssuerRule<'a>,
    /// Who we are there.
    pub client_id: &'a str,
    /// And who else: apps of ours that ask on their own. Nobody where we asked ourselves.
    pub native: &'a [String],
    /// What was asked with; never empty.
    pub nonce: &'a str,
    /// The access token that came along.
    pub access_token: Option<&'a str>,
    /// How old it may be, where that matters.
    pub max_age: Option<TimeDelta>,
}

impl IssuerRule<'_> {
    fn admits(self, token: &IdToken) -> bool {
        match self {
            Self::Exact(issuer) => token.iss == issuer,
            Self::Microsoft(tenants) => {
                let tenant = tenants.of_issuer(&token.iss);
                tenant.is_some() && tenant == token.text("tid")
            }
        }
    }
}

impl ExpectedIdToken<'_> {
    pub(super) fn judge(
        &self,
        token: &IdToken,
        key: &VerificationKey,
        leeway: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(), TokenRejection> {
        if !self.issuer.admits(token) || !is_for(key, token) {
            return Err(TokenRejection::Issuer);
        }
        if !self.is_for_us(token) {
            return Err(TokenRejection::Audience);
        }
        if self.nonce.is_empty() || !is_same(token.nonce.as_deref(), self.nonce) {
            return Err(TokenRejection::Nonce);
        }
        let times = [Some(token.iat), token.nbf, token.auth_time];
        if times
            .into_iter()
            .flatten()
            .any(|it| is_to_come(it, now, leeway))
        {
            return Err(TokenRejection::IssuedInFuture);
        }
        if is_over(token.exp, now, leeway) {
            return Err(TokenRejection::Expired);
        }
        if self
            .max_age
            .is_some_and(|max_age| token.iat < now - max_age)
        {
            return Err(TokenRejection::TooOld);
        }
        match (&token.at_hash, self.access_token) {
            (Some(hash), Some(it)) if !is_same(Some(hash), &half_hash(key.algorithm(), it)) => {
                Err(TokenRejection::AccessToken)
            }
            _ => Ok(()),
        }
    }

    /// Every audience is one of ours, and so is who asked, which is said where there are several.
    fn is_for_us(&self, token: &IdToken) -> bool {
        let is_ours = |it: &String| it == self.client_id || self.native.contains(it);
        !token.aud.is_empty()
            && token.aud.iter().all(is_ours)
            && token.azp.as_ref().map_or(token.aud.len() == 1, is_ours)
    }
}

/// Where a set of keys is for many issuers, each says for which one.
fn is_for(key: &VerificationKey, token: &IdToken) -> bool {
    let tenant = token
        .text("tid")
        .filter(|tid| microsoft_tenants::is_tenant(tid));
    let is_its = |issuer: &str| match tenant {
        Some(tenant) => microsoft_tenants::filled(issuer, tenant) == token.iss,
        None => issuer == token.iss,
    };
    key.issuer().is_none_or(is_its)
}

fn is_same(given: Option<&str>, expected: &str) -> bool {
    given.is_some_and(|it| verify_slices_are_equal(it.as_bytes(), expected.as_bytes()).is_ok())
}

/// What an ID token says of the access token that comes along (§3.1.3.6): half its hash, by the hash
/// function of the algorithm that the ID token is signed by. That of Ed25519 is SHA-512.
fn half_hash(algorithm: Algorithm, access_token: &str) -> String {
    let function = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 => &SHA256,
        Algorithm::EdDsa => &SHA512,
    };
    let hash = digest(function, access_token.as_bytes());
    let (half, _) = hash.as_ref().split_at(function.output_len() / 2);
    URL_SAFE_NO_PAD.encode(half)
}
