//! Verifies a token of any kind that this service mints.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Deserializer};

use super::{
    Tokens, TokensInner,
    claims::{is_expired, is_in_future},
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
    sealed, signed,
};
use crate::{
    client::{Client, Typ},
    config::FURTHEST_EXPIRY,
    json,
};

pub(super) fn verify<K: TokenKind>(
    inner: &TokensInner,
    presented: &str,
    now: DateTime<Utc>,
) -> Result<K, TokenRejection> {
    let expiry_leeway = if K::EXPIRY_HAS_LEEWAY {
        inner.leeway
    } else {
        TimeDelta::zero()
    };
    verify_within(inner, presented, expiry_leeway, now)
}

/// Verifies a token that may have expired at any time in the past.
pub(super) fn verify_expired<K: TokenKind>(
    inner: &TokensInner,
    presented: &str,
    now: DateTime<Utc>,
) -> Result<K, TokenRejection> {
    verify_within(inner, presented, FURTHEST_EXPIRY, now)
}

fn verify_within<K: TokenKind>(
    inner: &TokensInner,
    presented: &str,
    expiry_leeway: TimeDelta,
    now: DateTime<Utc>,
) -> Result<K, TokenRejection> {
    let (payload, typ) = authentic_payload(inner, presented, K::FORM, now)?;
    let claims: K = json::object(&payload).ok_or(TokenRejection::Claims)?;
    check_registered(inner, &claims.registered(), &payload, expiry_leeway, now)?;
    let client = client_of(inner, claims.client_id(), typ)?;
    let refresh_audience = &inner.refresh_audience;
    claims.check(VerifyContext {
        client,
        refresh_audience,
    })?;
    Ok(claims)
}

/// Verifies that a node of this service has issued a token of this form. Returns the payload, and the `typ` if it depends
/// on the client.
fn authentic_payload(
    inner: &TokensInner,
    presented: &str,
    form: TokenForm,
    now: DateTime<Utc>,
) -> Result<(Vec<u8>, Option<Typ>), TokenRejection> {
    if presented.len() > Tokens::MAX_BYTES {
        return Err(TokenRejection::TooLong);
    }
    Ok(match form {
        TokenForm::Published => {
            let (payload, typ) = signed::verify_published(inner, presented, now)?;
            (payload, Some(typ))
        }
        TokenForm::Identity => {
            let (payload, typ) = signed::verify_published(inner, presented, now)?;
            if typ != Typ::Jwt {
                return Err(TokenRejection::Header);
            }
            (payload, None)
        }
        // This service issues logout tokens for its clients, and accepts none.
        TokenForm::Logout => return Err(TokenRejection::Header),
        TokenForm::Derived { typ } => (signed::verify_derived(inner, presented, typ, now)?, None),
        TokenForm::Sealed { purpose } => (sealed::open(inner, presented, purpose, now)?, None),
    })
}

/// Checks the issuer and the times of an authentic token.
fn check_registered(
    inner: &TokensInner,
    registered: &RegisteredClaims<'_>,
    payload: &[u8],
    expiry_leeway: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(), TokenRejection> {
    if registered.iss != inner.issuer.as_str() {
        return Err(TokenRejection::Issuer);
    }
    // The signature has been verified, so this is the time at which a node of this service issued the
    // token.
    inner.clock_lag.observe(registered.iat, now, inner.leeway);
    if is_in_future(registered.iat, now, inner.leeway) {
        return Err(TokenRejection::IssuedInFuture);
    }
    if not_before(payload)?.is_some_and(|nbf| is_in_future(nbf, now, inner.leeway)) {
        return Err(TokenRejection::NotYetValid);
    }
    check_times(registered, now, inner.leeway, expiry_leeway)
}

/// Returns the client of a token, whose configured `typ` must be that of the token.
fn client_of<'i>(
    inner: &'i TokensInner,
    client_id: Option<&str>,
    typ: Option<Typ>,
) -> Result<Option<&'i Client>, TokenRejection> {
    let client = client_id.map(|id| inner.clients.get(id).ok_or(TokenRejection::Client));
    let client = client.transpose()?;
    if typ.is_some_and(|typ| client.is_none_or(|client| typ != client.typ)) {
        return Err(TokenRejection::Header);
    }
    Ok(client)
}

/// The longest time by which `auth_time` may lie after `iat`: the login was at a node whose clock is ahead,
/// and a node whose clock is behind has issued the token.
const MAX_LOGIN_AFTER_ISSUE: TimeDelta = TimeDelta::days(1);

/// Refuses times that no token of this service has, so that later arithmetic cannot overflow.
fn check_times(
    registered: &RegisteredClaims<'_>,
    now: DateTime<Utc>,
    leeway: TimeDelta,
    expiry_leeway: TimeDelta,
) -> Result<(), TokenRejection> {
    let RegisteredClaims {
        iat,
        exp,
        auth_time,
        abs_exp,
        ..
    } = *registered;
    if let Some(auth_time) = auth_time.filter(|time| is_in_future(*time, now, leeway)) {
        return Err(if is_in_future(auth_time, iat, MAX_LOGIN_AFTER_ISSUE) {
            TokenRejection::NotYetValid
        } else {
            TokenRejection::IssuedInFuture
        });
    }
    if is_expired(exp, now, expiry_leeway) {
        return Err(TokenRejection::Expired);
    }
    if abs_exp.is_some_and(|abs_exp| is_expired(abs_exp, now, TimeDelta::zero())) {
        return Err(TokenRejection::Expired);
    }
    let mut ends = [Some(exp), abs_exp].into_iter().flatten();
    if ends.any(|time| is_in_future(time, now, FURTHEST_EXPIRY)) {
        return Err(TokenRejection::Claims);
    }
    Ok(())
}

/// The `nbf` claim (RFC 7519 §4.1.5). This service mints no token with it, and checks it in every kind of token.
#[derive(Deserialize)]
struct NbfClaim {
    #[serde(default, deserialize_with = "read_time")]
    nbf: Option<DateTime<Utc>>,
}

/// Reads a claim that must be a time if it is present, so `null` is refused.
fn read_time<'de, D: Deserializer<'de>>(time: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    ts_seconds::deserialize(time).map(Some)
}

fn not_before(payload: &[u8]) -> Result<Option<DateTime<Utc>>, TokenRejection> {
    // Almost no payload has `nbf`. A text search avoids parsing the payload a second time. A payload with a
    // backslash is parsed, because the name of the claim may contain an escape.
    let has_no_nbf = |text: &str| !text.contains('\\') && !text.contains("nbf");
    if str::from_utf8(payload).is_ok_and(has_no_nbf) {
        return Ok(None);
    }
    let claims: NbfClaim = json::object(payload).ok_or(TokenRejection::Claims)?;
    Ok(claims.nbf)
}
