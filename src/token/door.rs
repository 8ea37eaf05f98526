//! The one door: whoever presents a token, of whatever kind, comes through here.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Deserializer};

use super::{
    Inner, Tokens,
    claims::{is_over, is_to_come},
    jws,
    kind::{Context, Form, Kind, Rejected},
    sealed,
};
use crate::json;

pub(super) fn verify<K: Kind>(
    inner: &Inner,
    presented: &str,
    now: DateTime<Utc>,
) -> Result<K, Rejected> {
    if presented.len() > Tokens::MAX_BYTES {
        return Err(Rejected::TooLong);
    }
    let (payload, typ) = match K::FORM {
        Form::Published => {
            let (payload, typ) = jws::open_published(inner, presented, now)?;
            (payload, Some(typ))
        }
        Form::Derived { typ } => (jws::open_derived(inner, presented, typ, now)?, None),
        Form::Sealed { purpose } => (sealed::open(inner, presented, purpose, now)?, None),
    };
    let claims: K = json::object(&payload).map_err(|_| Rejected::Claims)?;

    let registered = claims.registered();
    if registered.iss != inner.issuer.as_str() {
        return Err(Rejected::Issuer);
    }
    let begins = not_before(&payload)?.unwrap_or(registered.iat);
    if is_to_come(begins.max(registered.iat), now, inner.leeway) {
        return Err(Rejected::IssuedInFuture);
    }
    let leeway = if K::LENIENT_EXPIRY {
        inner.leeway
    } else {
        TimeDelta::zero()
    };
    if is_over(registered.exp, now, leeway) {
        return Err(Rejected::Expired);
    }
    let client = inner
        .clients
        .get(claims.client_id())
        .ok_or(Rejected::Client)?;
    if typ.is_some_and(|typ| typ != client.typ) {
        return Err(Rejected::Header);
    }
    let refresh_audience = &inner.refresh_audience;
    claims.check(Context {
        client,
        refresh_audience,
        now,
    })?;
    Ok(claims)
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

fn not_before(payload: &[u8]) -> Result<Option<DateTime<Utc>>, Rejected> {
    // Nearly every payload is without it, which is seen without parsing it again. A backslash may
    // spell a name in another way.
    if !payload.contains(&b'\\') && !payload.windows(3).any(|three| three == b"nbf") {
        return Ok(None);
    }
    let claims: NotBefore = json::object(payload).map_err(|_| Rejected::Claims)?;
    Ok(claims.nbf)
}
