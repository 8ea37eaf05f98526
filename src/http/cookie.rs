//! Cookie transport: the tokens of a browser app in two cookies that no script can read.
//!
//! Where the access cookie is missing or no good and the refresh cookie is good, the same request
//! is answered, with a newly minted session in new cookies. Nothing is consumed, so any number of
//! requests may do so at once. A cookie is never taken away because it was refused: that answer
//! might arrive after those of a new login.
//!
//! Answers may arrive in another order than they were minted. One that was minted before a login or an
//! epoch took the place of another overwrites the good cookies. So the answer that does so sets a third
//! cookie, which no refresh overwrites: the refresh token of the new login or epoch. See [`CookieRenewal`].

mod ended;
mod login_cookie;
mod names;
mod renewal;
mod session_cookies;

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header::SET_COOKIE},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};

use self::renewal::CookieRenewal;
pub(crate) use self::{
    ended::{EndedLogin, EndedLogins},
    login_cookie::{LoginCookie, SetLoginCookie},
    names::CookieNames,
    session_cookies::{CookieHeaders, SessionCookies},
};
use crate::{
    client::TokenTransport,
    clock::Clock,
    session::{Session, Sessions},
    token::Access,
};

/// What an answer does to the cookies of the browser. Put among the extensions of the response.
#[derive(Debug, Clone)]
pub(crate) enum CookieChange {
    /// Hand over these tokens.
    Keep(Box<Session>),
    /// Forget the tokens. The names of the logins that ended with them stay behind until each would have
    /// ended anyway: refreshes in flight might bring them back.
    Forget(Vec<EndedLogin>),
}

impl CookieChange {
    /// What ends with that session, if it came in cookies: another client's bearer token says
    /// nothing about them.
    pub(crate) fn end(session: &Access, sessions: &Sessions) -> Option<Self> {
        let client = sessions.clients().get(&session.client_id)?;
        // No later: the login had begun when this token was minted.
        let until = session.iat.checked_add_signed(client.refresh_absolute)?;
        (client.transport == TokenTransport::Cookie)
            .then(|| Self::Forget(vec![(session.sid.clone(), until)]))
    }
}

/// Where the extractor of a session leaves the one that it had to mint.
#[derive(Debug, Clone, Default)]
pub(crate) struct RefreshedSession(Arc<Mutex<Option<Box<Session>>>>);

impl RefreshedSession {
    pub(crate) fn put(&self, session: Session) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(session));
    }

    fn take(&self) -> Option<Box<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Hands over and takes back cookies.
pub(crate) async fn transport(
    State(sessions): State<Sessions>,
    State(clock): State<Clock>,
    mut request: Request,
    next: Next,
) -> Response {
    let minted = RefreshedSession::default();
    request.extensions_mut().insert(minted.clone());
    let lines = CookieHeaders::of(request.headers());
    let mut response = next.run(request).await;

    let before = || lines.read(sessions.issuer()).unwrap_or_default();
    let (session, renewal) = match (response.extensions_mut().remove(), minted.take()) {
        (Some(CookieChange::Keep(session)), _) => {
            let renewal = CookieRenewal::by(&session, &before(), &sessions).await;
            (Some(session), renewal)
        }
        (Some(CookieChange::Forget(ended)), _) => (None, CookieRenewal::at_logout(ended, before())),
        // The login goes on.
        (None, Some(session)) => (Some(session), CookieRenewal::default()),
        (None, None) => return response,
    };

    let now = clock.now();
    let names = CookieNames::of(sessions.issuer());
    let mut set = |name: &str, value: &str, max_age: TimeDelta| {
        if let Ok(line) = HeaderValue::try_from(line(name, value, max_age, names.are_secure)) {
            response.headers_mut().append(SET_COOKIE, line);
        }
    };
    if let Some(session) = session {
        let until = |exp: DateTime<Utc>| (exp - session.access.iat).max(TimeDelta::zero());
        let (access, refresh) = (&session.access, &session.refresh);
        set(&names.access, &session.access_token, until(access.exp));
        set(&names.refresh, &session.refresh_token, until(refresh.exp));
        if renewal.is_set {
            set(&names.renewed, &session.refresh_token, until(refresh.exp));
        }
    } else {
        set(&names.access, "", TimeDelta::zero());
        set(&names.refresh, "", TimeDelta::zero());
        if renewal.is_forgotten {
            set(&names.renewed, "", TimeDelta::zero());
        }
    }
    let client = sessions.clients().with_cookies();
    let longest = client.map_or(TimeDelta::zero(), |client| client.refresh_absolute);
    if !renewal.ended.is_empty()
        && let Some((logins, left)) = renewal.before.and(&renewal.ended, longest, now)
    {
        set(&names.out, &logins, left);
    }
    response
}

/// Lifetimes are relative (`Max-Age`): clocks of browsers are what they are.
fn line(name: &str, value: &str, max_age: TimeDelta, is_secure: bool) -> String {
    cookie::Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(is_secure)
        .same_site(cookie::SameSite::Lax)
        .max_age(time::Duration::seconds(max_age.num_seconds()))
        .build()
        .to_string()
}
