//! The session that a request presents.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{Extensions, HeaderMap, header::AUTHORIZATION, request::Parts},
};
use chrono::{DateTime, Utc};

use crate::{
    client::{Client, TokenTransport},
    clock::Clock,
    http::{
        cookie::{self, RefreshedSession},
        dpop::presented_proof,
        extract::{Now, request_origin},
        problem::{
            Code, Problem,
            from_domain::{self, BEARER, INVALID_REQUEST},
        },
    },
    jws_compact::{self, TokenScheme},
    session::{self, SessionRefusal, Sessions},
    token::{Access, TokenRejection},
};

/// The claims of a valid access token from the `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1), or without that
/// header, from the cookies of the client with cookie transport. Tokens in a query or a body are ignored.
///
/// For routes that only describe the user to the client. Other routes take [`Authenticated`].
pub(crate) struct PresentedAccess(pub(crate) Access);

/// The claims of a valid access token with which the user manages their account. Tokens of confidential clients are
/// refused: a relying party that receives one at a login must not act for the user here.
pub(crate) struct Authenticated(pub(crate) Access);

impl<S: Send + Sync> FromRequestParts<S> for Authenticated
where
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let PresentedAccess(session) = PresentedAccess::from_request_parts(parts, state).await?;
        Sessions::from_ref(state).check_first_party(&session)?;
        Ok(Self(session))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PresentedAccess
where
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Now(now)) = Now::from_request_parts(parts, state).await;
        let sessions = Sessions::from_ref(state);
        if let Some((scheme, token)) = access_token(&parts.headers)? {
            let session = match scheme {
                TokenScheme::Bearer => sessions.presented(token, TokenTransport::Bearer, now),
                TokenScheme::Dpop => {
                    let proof = presented_proof(parts, sessions.issuer());
                    sessions.presented_with_proof(token, &proof, now).await
                }
            };
            return session.map(Self).map_err(from_domain::of_presented);
        }
        match sessions.clients().with_cookies() {
            Some(client) => by_cookies(parts, &sessions, client, now).await.map(Self),
            None => Err(missing_token()),
        }
    }
}

async fn by_cookies(
    parts: &Parts,
    sessions: &Sessions,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Access, Problem> {
    let cookies = cookie::SessionCookies::read(&parts.headers, sessions.issuer())?;
    if cookies.is_empty() {
        return Err(missing_token());
    }
    request_origin::may_use_cookies(parts, client, sessions.issuer())?;
    session_of(&cookies, &parts.extensions, sessions, client, now).await
}

/// Returns the session of the cookies, by the access token or by a refresh. The transport sets the cookies of a
/// refreshed session.
///
/// # Errors
/// The cookies hold no valid session, or the service fails.
pub(crate) async fn session_of(
    cookies: &cookie::SessionCookies,
    extensions: &Extensions,
    sessions: &Sessions,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Access, Problem> {
    let access = cookies.access.as_deref();
    match access.map(|token| sessions.presented(token, TokenTransport::Cookie, now)) {
        Some(Ok(session)) if cookies.is_current(&session, sessions, now).await => {
            return Ok(session);
        }
        // Without a refresh token to try, the response would be a 401, on which clients sign out.
        Some(Err(session::Error::Internal(fault))) if !cookies.can_refresh() => {
            return Err(fault.into());
        }
        _ => {}
    }
    let refreshed = cookies.refresh(Some(&client.client_id), None, sessions, now);
    let session = refreshed.await.map_err(from_domain::of_refresh)?;
    let claims = session.access.clone();
    if let Some(minted) = extensions.get::<RefreshedSession>() {
        minted.put(session);
    }
    Ok(claims)
}

/// Returns the token of the `Authorization` header, if there is one.
fn access_token(headers: &HeaderMap) -> Result<Option<(TokenScheme, &str)>, Problem> {
    match access_token_if_any(headers)? {
        None if headers.contains_key(AUTHORIZATION) => Err(missing_token()),
        token => Ok(token),
    }
}

/// Returns the token of the `Authorization` header, if the header has a scheme of access tokens.
///
/// # Errors
/// The request has several such headers, or the token is malformed.
pub(crate) fn access_token_if_any(
    headers: &HeaderMap,
) -> Result<Option<(TokenScheme, &str)>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        let problem = Problem::new(Code::InvalidRequest).challenge(INVALID_REQUEST);
        return Err(problem.title("The request must have exactly one Authorization header."));
    }
    match jws_compact::access_token(value.as_bytes()) {
        Ok(token) => Ok(token),
        Err(_) => Err(from_domain::invalid_token(SessionRefusal::Token(
            TokenRejection::Malformed,
        ))),
    }
}

/// The problem of a request without an access token.
pub(crate) fn missing_token() -> Problem {
    Problem::new(Code::MissingToken).challenge(BEARER)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read(lines: &[Vec<u8>]) -> Option<Result<Option<String>, u16>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(line).ok()?);
        }
        let token = access_token(&headers);
        Some(
            token
                .map(|it| it.map(|(_, token)| token.to_owned()))
                .map_err(|problem| problem.status().as_u16()),
        )
    }

    proptest! {
        #[test]
        fn token_is_everything_after_the_scheme(
            scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]|[Dd][Pp][Oo][Pp]", token in "[A-Za-z0-9._~+/=-]{1,60}",
            before in "[ \t]{0,2}", after in "[ ,;\u{80}-\u{ff}]{0,2}",
        ) {
            let one = |text: String| read(&[text.into_bytes()]);
            for spaces in [" ", "  ", "    "] {
                let given = one(format!("{scheme}{spaces}{token}"));
                prop_assert_eq!(given, Some(Ok(Some(token.clone()))));
            }
            if before.contains('\t') || !after.is_empty() {
                let given = one(format!("{scheme} {before}{token}{after}"));
                prop_assert!(matches!(given, None | Some(Err(401))), "{:?}", given);
            }
        }

        #[test]
        fn headers_are_read_entirely_or_rejected(
            lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..3),
        ) {
            match (read(&lines), &lines[..]) {
                (None, _) => {}
                (Some(found), []) => prop_assert_eq!(found, Ok(None)),
                (Some(Ok(found)), [line]) => {
                    prop_assert!(found.is_some_and(|token| line.ends_with(token.as_bytes())));
                }
                (Some(Err(status)), [_]) => prop_assert_eq!(status, 401),
                (Some(found), _) => prop_assert_eq!(found, Err(400)),
            }
        }
    }
}
