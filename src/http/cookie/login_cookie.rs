//! The cookie that binds logins under way to the browser in which they began (RFC 9700 §4.7).

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, header::SET_COOKIE, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use chrono::TimeDelta;

use super::{CookieHeaders, CookieNames, line};
use crate::{config::Issuer, session::Sessions};

/// The secret that the browser presents, if it has one.
pub(crate) struct LoginCookie(Option<String>);

impl LoginCookie {
    /// The secret.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<S: Sync> FromRequestParts<S> for LoginCookie
where
    Sessions: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let sessions = Sessions::from_ref(state);
        let presented = CookieHeaders::of(&parts.headers).login(sessions.issuer());
        Ok(Self(presented))
    }
}

/// Has the browser keep the secret for so long: every login that it begins is bound to the same, so
/// that several tabs may be at it at once.
pub(crate) struct SetLoginCookie {
    line: Option<HeaderValue>,
}

impl SetLoginCookie {
    pub(crate) fn set(secret: &str, lifetime: TimeDelta, issuer: &Issuer) -> Self {
        let names = CookieNames::of(issuer);
        let line = line(&names.login, secret, lifetime, names.are_secure);
        Self {
            line: HeaderValue::try_from(line).ok(),
        }
    }
}

impl IntoResponseParts for SetLoginCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(line) = self.line {
            parts.headers_mut().append(SET_COOKIE, line);
        }
        Ok(parts)
    }
}
