//! `POST /logout` forgets; `POST /logout/everywhere` ends every session of the person.

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};

use crate::{
    audit::{AuditAction, audit},
    client::{Client, TokenTransport},
    http::{
        cookie::{self, CookieChange, EndedLogin},
        extract::{Authenticated, Now, request_origin},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
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

/// Nothing is stored, so there is nothing to forget here: the client drops its tokens. A browser is
/// told to drop its cookies, and to remember which login it has ended: a refresh in flight may
/// bring its cookies back after this answer, and they must be worth nothing.
pub(crate) async fn logout(
    State(sessions): State<Sessions>,
    Now(now): Now,
    request: Request,
) -> Result<Response, Problem> {
    let nothing = Ok(StatusCode::NO_CONTENT.into_response());
    let Some(client) = sessions.clients().with_cookies() else {
        return nothing;
    };
    let (parts, _) = request.into_parts();
    let cookies = cookie::SessionCookies::read(&parts.headers, sessions.issuer())?;
    if cookies.is_empty() {
        return nothing;
    }
    request_origin::may_use_cookies(&parts, client, sessions.issuer())?;
    let ended = ended(&sessions, &cookies, client, now).await?;
    for (sid, _) in &ended {
        audit!(AuditAction::Logout, Done, sid, client_id = %client.client_id);
    }
    let change = CookieChange::Forget(ended);
    Ok((StatusCode::NO_CONTENT, Extension(change)).into_response())
}

/// The logins that these cookies continue, and when each ends in any case.
async fn ended(
    sessions: &Sessions,
    cookies: &cookie::SessionCookies,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Vec<EndedLogin>, Problem> {
    let mut ended: Vec<EndedLogin> = Vec::new();
    for token in [&cookies.refresh, &cookies.renewed].into_iter().flatten() {
        match sessions.continued(token, now).await {
            Ok(login) if ended.iter().any(|(sid, _)| *sid == login.sid) => {}
            Ok(login) => ended.push((login.sid, login.abs_exp)),
            // It may be a good one: what it continues must be known to be ended.
            Err(rejected) if rejected.is_ours() => return Err(Problem::lagging(rejected)),
            Err(_) => {}
        }
    }
    let access = cookies.access.as_deref();
    match access.map(|token| sessions.presented(token, TokenTransport::Cookie, now)) {
        Some(Ok(session)) if ended.iter().all(|(sid, _)| *sid != session.sid) => {
            // No later: the login had begun when this token was minted.
            let until = session.iat.checked_add_signed(client.refresh_absolute);
            ended.push((session.sid, until.unwrap_or(session.exp)));
        }
        Some(Err(refused)) if refused.is_ours() => return Err(from_domain::invalid_token(refused)),
        _ => {}
    }
    Ok(ended)
}

pub(crate) async fn everywhere(
    State(sessions): State<Sessions>,
    Now(now): Now,
    Authenticated(session): Authenticated,
) -> Result<Response, Problem> {
    sessions
        .end_everywhere(&session, now)
        .await
        .map_err(|error| from_domain::of_session(error, from_domain::invalid_token))?;
    audit!(AuditAction::LogoutEverywhere, Done, user.id = %session.sub, sid = %session.sid);
    let change = CookieChange::end(&session, &sessions);
    Ok((change.map(Extension), StatusCode::NO_CONTENT).into_response())
}
