//! The one door: whoever presents a token, of whatever kind, comes through here.

use chrono::{DateTime, TimeDelta, Utc};

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
    if is_to_come(registered.iat, now, inner.leeway) {
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
