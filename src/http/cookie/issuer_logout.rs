//! The cookies of a logout at the issuer.

use std::convert::Infallible;

use axum::{
    http::{HeaderValue, header::SET_COOKIE},
    response::{IntoResponseParts, ResponseParts},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{CookieNames, EndedLogin, EndedLogins, set_cookie};
use crate::config::Issuer;

/// The response part that removes the cookie of single sign-on, and keeps the ids of the ended logins until
/// they would have expired: a response in flight may set the cookie again.
#[derive(Debug, Default)]
pub(crate) struct IssuerLogout(Vec<HeaderValue>);

impl IssuerLogout {
    /// Creates the part for a browser that sent these ended logins.
    pub(crate) fn new(
        issuer: &Issuer,
        ended: &[EndedLogin],
        before: &EndedLogins,
        now: DateTime<Utc>,
    ) -> Self {
        let names = CookieNames::of(issuer);
        let mut headers = vec![set_cookie(
            &names.sso,
            "",
            TimeDelta::zero(),
            names.are_secure,
        )];
        if let Some((value, lifetime)) = before.value_with(ended, LEGACY_LIFETIME, now)
            && !ended.is_empty()
        {
            headers.push(set_cookie(&names.ended, &value, lifetime, names.are_secure));
        }
        let headers = headers.into_iter().filter_map(|it| it.try_into().ok());
        Self(headers.collect())
    }
}

/// The time for which entries of earlier releases, which have no expiry, are kept.
const LEGACY_LIFETIME: TimeDelta = TimeDelta::days(30);

impl IntoResponseParts for IssuerLogout {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        for header in self.0 {
            parts.headers_mut().append(SET_COOKIE, header);
        }
        Ok(parts)
    }
}
