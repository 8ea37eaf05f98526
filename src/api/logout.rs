//! `POST /logout` logs a browser out; `POST /logout/everywhere` ends every session of the user.

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    http::{
        cookie::{CookieChange, CookieHeaders},
        extract::{Authenticated, Now, request_origin},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    oauth::BrowserLogout,
    session::Sessions,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/logout", "Log out of this session.")
        .tag("session")
        .cookies()
        .fails(&[503])
        .answers_nothing(204, "Logged out.");
    api.post("/logout/everywhere", "End all sessions of the user.")
        .tag("session")
        .session(true)
        .answers_nothing(204, "All sessions have ended.");
}

/// No session is stored, so an app only drops its tokens. A browser drops its cookies and remembers which
/// login has ended: a refresh in flight may bring its cookies back after this response, and they must not
/// be accepted then.
///
/// The session of the same user at the issuer would log the user in again, so it ends as well. It is kept only if
/// the tokens are of other users.
pub(crate) async fn logout(
    State(service): State<BrowserLogout>,
    Now(now): Now,
    request: Request,
) -> Result<Response, Problem> {
    let no_content = StatusCode::NO_CONTENT.into_response();
    let issuer = service.sessions.issuer();
    let Some(client) = service.sessions.clients().with_cookies() else {
        return Ok(no_content);
    };
    let (parts, _) = request.into_parts();
    let headers = CookieHeaders::of(&parts.headers);
    let (presented, sso) = (headers.read(issuer)?, headers.sso(issuer));
    if presented.is_empty() && sso.is_none() {
        return Ok(no_content);
    }
    request_origin::may_use_cookies(&parts, client, issuer)?;
    let cookies = presented.with_session_at_issuer(sso.as_deref());
    let mut browser = service.find(cookies, now).await?;
    browser.exclude_session_of_another_user();
    service.end(&browser);
    let change = CookieChange::Forget {
        ended: browser.ids(),
        tokens: true,
        at_issuer: sso.is_some() && !browser.keeps_session,
    };
    Ok((Extension(change), no_content).into_response())
}

pub(crate) async fn everywhere(
    State(sessions): State<Sessions>,
    Now(now): Now,
    Authenticated(session): Authenticated,
) -> Result<Response, Problem> {
    sessions.end_everywhere(&session, now).await?;
    let change = CookieChange::end(&session, &sessions);
    Ok((change.map(Extension), StatusCode::NO_CONTENT).into_response())
}
