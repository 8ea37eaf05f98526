//! Cookie transport: the tokens of a browser app in two cookies that no script can read.
//!
//! Where the access cookie is missing or no good and the refresh cookie is good, the same request
//! is answered, with a newly minted session in new cookies. Nothing is consumed, so any number of
//! requests may do so at once. A cookie is never taken away because it was refused: that answer
//! might arrive after those of a new login.

mod names;
mod presented;

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{AUTHORIZATION, SET_COOKIE},
    },
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};

pub(super) use self::{names::Names, presented::Presented};
use crate::{
    session::{Session, Sessions},
    token::Access,
};

/// What an answer does to the cookies of the browser. Put among the extensions of the response.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Hand over these tokens.
    Keep(Box<Session>),
    /// Forget the tokens. Where logins were ended that refreshes in flight might bring back, their
    /// names stay behind for so long.
    Forget(Option<(String, TimeDelta)>),
    /// The same for a session that was ended, if it came in cookies.
    End(String, TimeDelta),
}

impl Change {
    /// What ends with that session.
    pub(super) fn end(session: &Access, sessions: &Sessions, now: DateTime<Utc>) -> Self {
        let client = sessions.clients().get(&session.client_id);
        let lifetime = client.map_or(TimeDelta::zero(), |client| client.refresh_absolute);
        let left = (session.auth_time + lifetime - now).max(TimeDelta::seconds(1));
        Self::End(session.sid.clone(), left)
    }
}

/// Where the extractor of a session leaves the one that it had to mint.
#[derive(Debug, Clone, Default)]
pub(super) struct Minted(Arc<Mutex<Option<Box<Session>>>>);

impl Minted {
    pub(super) fn put(&self, session: Session) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(session));
    }

    fn take(&self) -> Option<Box<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Hands over and takes back cookies.
pub(super) async fn transport(
    State(sessions): State<Sessions>,
    mut request: Request,
    next: Next,
) -> Response {
    let minted = Minted::default();
    request.extensions_mut().insert(minted.clone());
    // Another client's bearer token says nothing about these cookies.
    let is_bearer = request.headers().contains_key(AUTHORIZATION);
    let before = Presented::read(request.headers(), sessions.issuer()).unwrap_or_default();
    let mut response = next.run(request).await;

    let asked = response.extensions_mut().remove::<Change>();
    let asked = asked.filter(|change| !(is_bearer && matches!(change, Change::End(..))));
    let Some(change) = asked.or_else(|| minted.take().map(Change::Keep)) else {
        return response;
    };
    let names = Names::of(sessions.issuer());
    let headers = response.headers_mut();
    match change {
        Change::Keep(session) => {
            // A refresh of the login before, in flight, must not take this one's place.
            let replaced = before.refresh.as_deref();
            let replaced = replaced.and_then(|it| sessions.login_of(it, session.access.iat).ok());
            if let Some((sid, abs_exp)) = replaced
                && sid != session.access.sid
            {
                let left = abs_exp - session.access.iat;
                set(
                    headers,
                    &names.out,
                    &before.and_ended(vec![&sid]),
                    left,
                    &names,
                );
            }
            let until = |exp: DateTime<Utc>| (exp - session.access.iat).max(TimeDelta::zero());
            let (access, refresh) = (&session.access_token, &session.refresh_token);
            set(
                headers,
                &names.access,
                access,
                until(session.access.exp),
                &names,
            );
            set(
                headers,
                &names.refresh,
                refresh,
                until(session.refresh.exp),
                &names,
            );
        }
        Change::End(sid, left) => {
            set(headers, &names.access, "", TimeDelta::zero(), &names);
            set(headers, &names.refresh, "", TimeDelta::zero(), &names);
            set(
                headers,
                &names.out,
                &before.and_ended(vec![&sid]),
                left,
                &names,
            );
        }
        Change::Forget(ended) => {
            set(headers, &names.access, "", TimeDelta::zero(), &names);
            set(headers, &names.refresh, "", TimeDelta::zero(), &names);
            if let Some((logins, until)) = ended {
                set(headers, &names.out, &logins, until, &names);
            }
        }
    }
    response
}

/// Lifetimes are relative (`Max-Age`): clocks of browsers are what they are.
fn set(headers: &mut HeaderMap, name: &str, value: &str, max_age: TimeDelta, names: &Names) {
    let cookie = cookie::Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(names.are_secure)
        .same_site(cookie::SameSite::Lax)
        .max_age(time::Duration::seconds(max_age.num_seconds()))
        .build();
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        headers.append(SET_COOKIE, value);
    }
}
