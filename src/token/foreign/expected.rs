//! What an ID token must say to be let in (OpenID Connect Core §3.1.3.7).

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, SHA512, digest},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::IdToken;
use crate::{
    client::Algorithm,
    key_set::Key,
    token::{
        claims::{is_over, is_to_come},
        kind::Rejected,
    },
};

/// What Microsoft's documents say in the place of a tenant.
const TENANT: &str = "{tenantid}";

/// The tenant that all personal accounts are in.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whose ID tokens are expected. It is configured, and never learnt from a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerRule<'a> {
    /// This one's, byte for byte.
    Exact(&'a str),
    /// Those of whatever tenant of Microsoft's the token says that it is of, in `tid` and in `iss`.
    MicrosoftTemplate,
    /// The same without personal accounts.
    MicrosoftOrganizations,
}

/// What is expected of an ID token.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
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
    /// What Microsoft calls the issuer of all of its tenants, in its place the tenant.
    pub const MICROSOFT: &'static str = "https://login.microsoftonline.com/{tenantid}/v2.0";

    fn admits(self, token: &IdToken) -> bool {
        let of_tenant = |tenant| token.iss == Self::MICROSOFT.replace(TENANT, tenant);
        match (self, tenant(token)) {
            (Self::Exact(issuer), _) => token.iss == issuer,
            (Self::MicrosoftTemplate, Some(tenant)) => of_tenant(tenant),
            (Self::MicrosoftOrganizations, Some(tenant)) => tenant != PERSONAL && of_tenant(tenant),
            (Self::MicrosoftTemplate | Self::MicrosoftOrganizations, None) => false,
        }
    }
}

/// The tenant that a token of Microsoft's is of.
fn tenant(token: &IdToken) -> Option<&str> {
    let tid = token.text("tid")?;
    let is_guid = Uuid::try_parse(tid).is_ok_and(|guid| guid.to_string() == tid);
    is_guid.then_some(tid)
}

impl Expected<'_> {
    pub(super) fn judge(
        &self,
        token: &IdToken,
        key: &Key,
        leeway: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(), Rejected> {
        if !self.issuer.admits(token) || !is_for(key, token) {
            return Err(Rejected::Issuer);
        }
        if !self.is_for_us(token) {
            return Err(Rejected::Audience);
        }
        if self.nonce.is_empty() || !is_same(token.nonce.as_deref(), self.nonce) {
            return Err(Rejected::Nonce);
        }
        let times = [Some(token.iat), token.nbf, token.auth_time];
        if times
            .into_iter()
            .flatten()
            .any(|it| is_to_come(it, now, leeway))
        {
            return Err(Rejected::IssuedInFuture);
        }
        if is_over(token.exp, now, leeway) {
            return Err(Rejected::Expired);
        }
        if self
            .max_age
            .is_some_and(|max_age| token.iat < now - max_age)
        {
            return Err(Rejected::TooOld);
        }
        match (&token.at_hash, self.access_token) {
            (Some(hash), Some(it)) if !is_same(Some(hash), &half_hash(key.algorithm(), it)) => {
                Err(Rejected::AccessToken)
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
fn is_for(key: &Key, token: &IdToken) -> bool {
    let filled = |issuer: &str| issuer.replace(TENANT, tenant(token).unwrap_or(TENANT));
    key.issuer()
        .is_none_or(|issuer| filled(issuer) == token.iss)
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
