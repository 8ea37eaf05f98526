//! The cookie that binds pending logins to the browser in which they began (RFC 9700 §4.7).

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, header::SET_COOKIE, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use chrono::TimeDelta;

use super::{CookieHeaders, CookieNames, set_cookie};
use crate::{config::Issuer, session::Sessions};

/// The secret in the login cookie of the request, if it has one.
pub(crate) struct LoginCookie(Option<String>);

impl LoginCookie {
    /// Returns the secret.
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

/// The response part that sets the login cookie. All logins of a browser are bound to the same secret, so that
/// several tabs may log in concurrently.
pub(crate) struct SetLoginCookie {
    header: Option<HeaderValue>,
}

impl SetLoginCookie {
    /// Creates a cookie with this secret and lifetime.
    pub(crate) fn set(secret: &str, lifetime: TimeDelta, issuer: &Issuer) -> Self {
        let names = CookieNames::of(issuer);
        let header = set_cookie(&names.login, secret, lifetime, names.are_secure);
        Self {
            header: HeaderValue::try_from(header).ok(),
        }
    }
}

impl IntoResponseParts for SetLoginCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(header) = self.header {
            parts.headers_mut().append(SET_COOKIE, header);
        }
        Ok(parts)
    }
}
