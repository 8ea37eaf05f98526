//! The expectations that an ID token must meet (OpenID Connect Core §3.1.3.7).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, TimeDelta, Utc};

use super::IdToken;
use crate::{
    key_set::VerificationKey,
    microsoft_tenants::{self, Tenants},
    token::{
        claims::{is_expired, is_in_future},
        id_token::at_hash,
        kind::TokenRejection,
    },
};

/// The accepted issuers. They are configured, and never taken from a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerRule<'a> {
    /// This issuer, byte for byte.
    Exact(&'a str),
    /// The issuer of the Microsoft tenant that the token names in `tid` and in `iss`, if it is one of these
    /// tenants.
    Microsoft(Tenants),
}

/// The expectations of an ID token.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedIdToken<'a> {
    /// The accepted issuers.
    pub issuer: IssuerRule<'a>,
    /// The client id of this service at the provider.
    pub client_id: &'a str,
    /// The client ids of native apps that send authentication requests themselves. Empty if this service
    /// sent the request.
    pub native: &'a [String],
    /// The nonce of the request, never empty.
    pub nonce: &'a str,
    /// The access token that was returned with the ID token.
    pub access_token: Option<&'a str>,
    /// The largest age of the ID token, if it is limited.
    pub max_age: Option<TimeDelta>,
}

impl IssuerRule<'_> {
    fn accepts(self, token: &IdToken) -> bool {
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
    pub(super) fn check(
        &self,
        token: &IdToken,
        key: &VerificationKey,
        leeway: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(), TokenRejection> {
        if !self.issuer.accepts(token) || !is_key_for(key, token) {
            return Err(TokenRejection::Issuer);
        }
        if !self.has_accepted_audience(token) {
            return Err(TokenRejection::Audience);
        }
        if self.nonce.is_empty() || !is_equal(token.nonce.as_deref(), self.nonce) {
            return Err(TokenRejection::Nonce);
        }
        let times = [Some(token.iat), token.nbf, token.auth_time];
        if times
            .into_iter()
            .flatten()
            .any(|it| is_in_future(it, now, leeway))
        {
            return Err(TokenRejection::IssuedInFuture);
        }
        if is_expired(token.exp, now, leeway) {
            return Err(TokenRejection::Expired);
        }
        if self
            .max_age
            .is_some_and(|max_age| token.iat < now - max_age)
        {
            return Err(TokenRejection::TooOld);
        }
        match (&token.at_hash, self.access_token) {
            (Some(hash), Some(it)) if !is_equal(Some(hash), &at_hash(key.algorithm(), it)) => {
                Err(TokenRejection::AccessToken)
            }
            _ => Ok(()),
        }
    }

    /// Returns true if every audience is a client id of this service or its apps, and `azp` as well. With
    /// several audiences, `azp` is required.
    fn has_accepted_audience(&self, token: &IdToken) -> bool {
        let is_ours = |it: &String| it == self.client_id || self.native.contains(it);
        !token.aud.is_empty()
            && token.aud.iter().all(is_ours)
            && token.azp.as_ref().map_or(token.aud.len() == 1, is_ours)
    }
}

/// Returns true if the key is for the token's issuer. In a key set for many issuers, each key names its
/// own.
fn is_key_for(key: &VerificationKey, token: &IdToken) -> bool {
    let tenant = token
        .text("tid")
        .filter(|tid| microsoft_tenants::is_tenant(tid));
    let matches_token = |issuer: &str| match tenant {
        Some(tenant) => microsoft_tenants::filled(issuer, tenant) == token.iss,
        None => issuer == token.iss,
    };
    key.issuer().is_none_or(matches_token)
}

fn is_equal(given: Option<&str>, expected: &str) -> bool {
    given.is_some_and(|it| verify_slices_are_equal(it.as_bytes(), expected.as_bytes()).is_ok())
}
