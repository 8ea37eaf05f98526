//! The cookie of the session at the issuer (single sign-on).

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, HeaderValue, header::SET_COOKIE, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use chrono::TimeDelta;

use super::{CookieHeaders, CookieNames, EndedLogins, set_cookie};
use crate::{config::Issuer, session::Sessions};

/// The sealed session at the issuer that a request carries, and the logins that were ended in this browser.
pub(crate) struct SsoCookie {
    sealed: Option<String>,
    ended: EndedLogins,
}

impl SsoCookie {
    /// Reads the cookies of a request with these headers.
    pub(crate) fn of(headers: &HeaderMap, issuer: &Issuer) -> Self {
        let CookieNames { sso, ended, .. } = CookieNames::of(issuer);
        let headers = CookieHeaders::of(headers);
        // A login that any of several cookies names has ended.
        let ended = headers.all(&ended).join(".");
        Self {
            sealed: headers.only(&sso),
            ended: EndedLogins::read(&ended),
        }
    }

    /// Returns the sealed session, unless the cookie is missing or occurs twice.
    pub(crate) fn get(&self) -> Option<&str> {
        self.sealed.as_deref()
    }

    /// Returns the ids of the logins that were ended in this browser.
    pub(crate) fn ended(&self) -> Vec<String> {
        self.ended.ids()
    }
}

impl<S: Sync> FromRequestParts<S> for SsoCookie
where
    Sessions: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let sessions = Sessions::from_ref(state);
        Ok(Self::of(&parts.headers, sessions.issuer()))
    }
}

/// The response part that sets the cookie of the session at the issuer.
pub(crate) struct SetSsoCookie {
    header: Option<HeaderValue>,
}

impl SetSsoCookie {
    /// Sets the cookie to this sealed session.
    pub(crate) fn set(sealed: &str, lifetime: TimeDelta, issuer: &Issuer) -> Self {
        let names = CookieNames::of(issuer);
        let header = set_cookie(&names.sso, sealed, lifetime, names.are_secure);
        Self {
            header: HeaderValue::try_from(header).ok(),
        }
    }
}

impl IntoResponseParts for SetSsoCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(header) = self.header {
            parts.headers_mut().append(SET_COOKIE, header);
        }
        Ok(parts)
    }
}
