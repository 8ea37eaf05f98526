//! The one door: whoever presents a token, of whatever kind, comes through here.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Deserializer};

use super::{
    Tokens, TokensInner,
    claims::{is_over, is_to_come},
    jws,
    kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext},
    sealed,
};
use crate::json;

pub(super) fn verify<K: TokenKind>(
    inner: &TokensInner,
    presented: &str,
    now: DateTime<Utc>,
) -> Result<K, TokenRejection> {
    if presented.len() > Tokens::MAX_BYTES {
        return Err(TokenRejection::TooLong);
    }
    let (payload, typ) = match K::FORM {
        TokenForm::Published => {
            let (payload, typ) = jws::open_published(inner, presented, now)?;
            (payload, Some(typ))
        }
        TokenForm::Derived { typ } => (jws::open_derived(inner, presented, typ, now)?, None),
        TokenForm::Sealed { purpose } => (sealed::open(inner, presented, purpose, now)?, None),
    };
    let claims: K = json::object(&payload).map_err(|_| TokenRejection::Claims)?;

    let registered = claims.registered();
    if registered.iss != inner.issuer.as_str() {
        return Err(TokenRejection::Issuer);
    }
    let expiry_leeway = if K::LENIENT_EXPIRY {
        inner.leeway
    } else {
        TimeDelta::zero()
    };
    // The signature is verified, so this is the time at which a node of this service issued the token.
    inner.clock_lag.observe(registered.iat, now, inner.leeway);
    if is_to_come(registered.iat, now, inner.leeway) {
        return Err(TokenRejection::IssuedInFuture);
    }
    if not_before(&payload)?.is_some_and(|nbf| is_to_come(nbf, now, inner.leeway)) {
        return Err(TokenRejection::NotYetValid);
    }
    check_times(&registered, now, inner.leeway, expiry_leeway)?;
    let client = inner
        .clients
        .get(claims.client_id())
        .ok_or(TokenRejection::Client)?;
    if typ.is_some_and(|typ| typ != client.typ) {
        return Err(TokenRejection::Header);
    }
    let refresh_audience = &inner.refresh_audience;
    claims.check(VerifyContext {
        client,
        refresh_audience,
    })?;
    Ok(claims)
}

/// The furthest that a time may lie ahead: longer than the longest lifetime that can be configured.
const FURTHEST: TimeDelta = TimeDelta::days(3660);

/// By how much a login may lie after the time of issue of its token: it was at a node whose clock is
/// ahead, and a node that is behind has issued the token.
const FURTHEST_LOGIN: TimeDelta = TimeDelta::days(1);

/// Bounds every time that a token states, so that nothing behind the door computes with one that no
/// token of this service has.
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
    if let Some(auth_time) = auth_time.filter(|time| is_to_come(*time, now, leeway)) {
        return Err(if is_to_come(auth_time, iat, FURTHEST_LOGIN) {
            TokenRejection::NotYetValid
        } else {
            TokenRejection::IssuedInFuture
        });
    }
    if is_over(exp, now, expiry_leeway) {
        return Err(TokenRejection::Expired);
    }
    if abs_exp.is_some_and(|abs_exp| is_over(abs_exp, now, TimeDelta::zero())) {
        return Err(TokenRejection::Expired);
    }
    let mut ends = [Some(exp), abs_exp].into_iter().flatten();
    if ends.any(|time| is_to_come(time, now, FURTHEST)) {
        return Err(TokenRejection::Claims);
    }
    Ok(())
}

/// `nbf` (RFC 7519 §4.1.5), which this service does not mint, but which counts in every kind.
#[derive(Deserialize)]
struct NotBefore {
    #[serde(default, deserialize_with = "present")]
    nbf: Option<DateTime<Utc>>,
}

/// A claim that is there must be a time, so `null` is a fault.
fn present<'de, D: Deserializer<'de>>(time: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    ts_seconds::deserialize(time).map(Some)
}

fn not_before(payload: &[u8]) -> Result<Option<DateTime<Utc>>, TokenRejection> {
    // Nearly every payload is without it, which is seen without parsing it again. A backslash may
    // spell a name in another way.
    let lacks_it = |text: &str| !text.contains('\\') && !text.contains("nbf");
    if str::from_utf8(payload).is_ok_and(lacks_it) {
        return Ok(None);
    }
    let claims: NotBefore = json::object(payload).map_err(|_| TokenRejection::Claims)?;
    Ok(claims.nbf)
}
