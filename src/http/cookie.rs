//! Cookie transport: the tokens of a browser app in two `HttpOnly` cookies.
//!
//! If the access cookie is missing or invalid and the refresh cookie is valid, the same request is answered with
//! a newly minted session in new cookies. Nothing is consumed, so any number of requests may do so concurrently.
//! A refused cookie is never removed, because the response that removes it might arrive after those of a new
//! login.
//!
//! Responses may arrive in another order than their tokens were minted. A response that was minted before a new
//! login or epoch replaced the old one overwrites the new cookies when it arrives late. Therefore the response
//! with the new login or epoch sets a third cookie, which no refresh overwrites: the refresh token of the new
//! login or epoch. See [`CookieRenewal`].

mod ended;
mod login_cookie;
mod names;
mod pairs;
mod renewal;
mod session_cookies;
mod sso_cookie;

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
    sso_cookie::{SetSsoCookie, SsoCookie},
};
use crate::{
    client::TokenTransport,
    clock::Clock,
    session::{Session, Sessions},
    token::Access,
};

/// The time for which entries of earlier releases, which have no expiry, are kept without a client with cookies.
const LEGACY_LIFETIME: TimeDelta = TimeDelta::days(30);

/// The change that a response makes to the cookies of the browser. An extension of the response.
#[derive(Debug, Clone)]
pub(crate) enum CookieChange {
    /// Sets the cookies to these tokens.
    Keep(Box<Session>),
    /// Removes the tokens, the session at the issuer or both, if the request carries them. The ids of the ended logins are
    /// kept in a cookie until each login would have ended anyway, because responses in flight might set their cookies again.
    Forget {
        /// The logins that have ended.
        ended: Vec<EndedLogin>,
        /// Set if the tokens are removed.
        tokens: bool,
        /// Set if the session at the issuer is removed as well.
        at_issuer: bool,
    },
}

impl CookieChange {
    /// Returns the change that ends this session, if its client uses cookies. The bearer token of another client
    /// does not concern the cookies.
    pub(crate) fn end(session: &Access, sessions: &Sessions) -> Option<Self> {
        let client = sessions.clients().get(&session.client_id)?;
        // An upper bound: the login began no later than this token was minted.
        let until = session.iat.checked_add_signed(client.refresh_absolute)?;
        (client.transport == TokenTransport::Cookie).then(|| Self::Forget {
            ended: vec![(session.sid.clone(), until)],
            tokens: true,
            at_issuer: false,
        })
    }
}

/// A session at the issuer whose cookie a login of another user replaces, as an entry of the logins that were ended in
/// this browser. An extension of the response.
#[derive(Debug, Clone)]
pub(crate) struct ReplacedSession(pub(crate) EndedLogin);

/// The slot in which the session extractor leaves a session that it refreshed.
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

/// Middleware that sets and removes the cookies of a response.
pub(crate) async fn transport(
    State(sessions): State<Sessions>,
    State(clock): State<Clock>,
    mut request: Request,
    next: Next,
) -> Response {
    let refreshed = RefreshedSession::default();
    request.extensions_mut().insert(refreshed.clone());
    let headers = CookieHeaders::of(request.headers());
    let mut response = next.run(request).await;

    let presented = || headers.read(sessions.issuer()).unwrap_or_default();
    let replaced: Option<ReplacedSession> = response.extensions_mut().remove();
    let (mut forgets_tokens, mut forgets_session_at_issuer) = (false, false);
    let (session, mut renewal) = match (response.extensions_mut().remove(), refreshed.take()) {
        (Some(CookieChange::Keep(session)), _) => {
            let renewal = CookieRenewal::for_session(&session, &presented(), &sessions).await;
            (Some(session), renewal)
        }
        (
            Some(CookieChange::Forget {
                ended,
                tokens,
                at_issuer,
            }),
            _,
        ) => {
            (forgets_tokens, forgets_session_at_issuer) = (tokens, at_issuer);
            (None, CookieRenewal::at_logout(ended, presented()))
        }
        // The same login continues.
        (None, Some(session)) => (Some(session), CookieRenewal::default()),
        (None, None) if replaced.is_none() => return response,
        (None, None) => (None, CookieRenewal::default()),
    };
    if let Some(ReplacedSession(ended)) = replaced {
        renewal.ended_before = presented().logged_out;
        renewal.add_ended(ended);
    }

    let now = clock.now();
    let names = CookieNames::of(sessions.issuer());
    let mut append = |cookie: String| {
        if let Ok(header) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(SET_COOKIE, header);
        }
    };
    if forgets_session_at_issuer {
        append(set_cookie(
            &names.sso,
            "",
            TimeDelta::zero(),
            names.are_secure,
        ));
    }
    let mut set = |name: &str, value: &str, max_age: TimeDelta| {
        append(set_shared_cookie(&names, (name, value), max_age));
    };
    if let Some(session) = session {
        let until = |exp: DateTime<Utc>| (exp - session.access.iat).max(TimeDelta::zero());
        let (access, refresh) = (&session.access, &session.refresh);
        set(&names.access, &session.access_token, until(access.exp));
        // A client with cookies always has a refresh token: its configuration lists the grant.
        let refresh_token = session.refresh_token.as_deref().unwrap_or_default();
        set(&names.refresh, refresh_token, until(refresh.exp));
        if renewal.is_set {
            set(&names.renewed, refresh_token, until(refresh.exp));
        }
    } else if forgets_tokens && !presented().is_empty() {
        set(&names.access, "", TimeDelta::zero());
        set(&names.refresh, "", TimeDelta::zero());
        if renewal.is_removed {
            set(&names.renewed, "", TimeDelta::zero());
        }
    }
    let client = sessions.clients().with_cookies();
    let longest = client.map_or(LEGACY_LIFETIME, |client| client.refresh_absolute);
    if !renewal.ended.is_empty()
        && let Some((logins, lifetime)) =
            renewal
                .ended_before
                .value_with(&renewal.ended, longest, now)
    {
        set(&names.ended, &logins, lifetime);
    }
    response
}

/// Returns the value of a `Set-Cookie` header. The lifetime is relative (`Max-Age`), because the clocks of
/// browsers are not reliable.
fn set_cookie(name: &str, value: &str, max_age: TimeDelta, is_secure: bool) -> String {
    cookie((name, value), max_age, is_secure).to_string()
}

/// Returns the value of a `Set-Cookie` header for a cookie that the hosts of the domain share, if there is one.
fn set_shared_cookie(names: &CookieNames, pair: (&str, &str), max_age: TimeDelta) -> String {
    let mut cookie = cookie(pair, max_age, names.are_secure);
    if let Some(domain) = &names.domain {
        cookie.set_domain(domain);
    }
    cookie.to_string()
}

fn cookie<'a>(pair: (&'a str, &'a str), max_age: TimeDelta, is_secure: bool) -> cookie::Cookie<'a> {
    cookie::Cookie::build(pair)
        .path("/")
        .http_only(true)
        .secure(is_secure)
        .same_site(cookie::SameSite::Lax)
        .max_age(time::Duration::seconds(max_age.num_seconds()))
        .build()
}
