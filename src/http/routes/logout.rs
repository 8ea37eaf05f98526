//! `POST /logout` forgets; `POST /logout/everywhere` ends every session of the person.

use axum::{
    Extension, Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    audit::{Act, audit},
    client::{Client, Transport},
    http::{
        cookie::{self, Change},
        extract::{Now, Presented},
        openapi::Api,
        problem::Problem,
        refusal, site,
    },
    session::Sessions,
    token::Rejected,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new()
        .route("/logout", post(logout))
        .route("/logout/everywhere", post(everywhere))
}

pub(super) fn describe(api: &mut Api) {
    api.post("/logout", "Forget the session.")
        .tag("session")
        .cookies()
        .fails(&[503])
        .answers_nothing(204, "Forgotten.");
    api.post("/logout/everywhere", "End every session of the person.")
        .tag("session")
        .session(true)
        .answers_nothing(204, "Ended.");
}

/// Nothing is stored, so there is nothing to forget here: the client drops its tokens. A browser is
/// told to drop its cookies, and to remember which login it has ended: a refresh in flight may
/// bring its cookies back after this answer, and they must be worth nothing.
async fn logout(
    State(sessions): State<Sessions>,
    Now(now): Now,
    request: Request,
) -> Result<Response, Problem> {
    let nothing = Ok(StatusCode::NO_CONTENT.into_response());
    let Some(client) = sessions.clients().with_cookies() else {
        return nothing;
    };
    let (parts, _) = request.into_parts();
    let cookies = cookie::Presented::read(&parts.headers, sessions.issuer())?;
    if cookies.is_empty() {
        return nothing;
    }
    site::may_use_cookies(&parts, client, sessions.issuer())?;
    let ended = ended(&sessions, &cookies, client, now).await?;
    for (sid, _) in &ended {
        audit!(Act::Logout, Done, sid, client_id = %client.client_id);
    }
    let left = ended.iter().map(|(_, abs_exp)| *abs_exp - now).max();
    let ended = ended.into_iter().map(|(sid, _)| sid).collect();
    let change = Change::Forget(ended, left.unwrap_or_default());
    Ok((StatusCode::NO_CONTENT, Extension(change)).into_response())
}

/// The logins that these cookies continue, and when each ends in any case.
async fn ended(
    sessions: &Sessions,
    cookies: &cookie::Presented,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Vec<(String, DateTime<Utc>)>, Problem> {
    let mut ended = Vec::new();
    if let Some(token) = cookies.refresh.as_deref() {
        match sessions.login_of(token, now).await {
            Ok(login) => ended.push(login),
            // It may be a good one: what it continues must be known to be ended.
            Err(Rejected::KeyNewerThanHeld) => return Err(Problem::lagging()),
            Err(_) => {}
        }
    }
    let access = cookies.access.as_deref();
    if let Some(Ok(session)) = access.map(|token| sessions.presented(token, Transport::Cookie, now))
        && ended.iter().all(|(sid, _)| *sid != session.sid)
    {
        // No later: it has begun already.
        ended.push((session.sid, now + client.refresh_absolute));
    }
    Ok(ended)
}

async fn everywhere(
    State(sessions): State<Sessions>,
    Now(now): Now,
    Presented(session): Presented,
) -> Result<Response, Problem> {
    sessions
        .end_everywhere(&session, now)
        .await
        .map_err(|error| refusal::of_session(error, refusal::invalid_token))?;
    audit!(Act::LogoutEverywhere, Done, user.id = %session.sub, sid = %session.sid);
    let change = Change::end(&session, &sessions);
    Ok((change.map(Extension), StatusCode::NO_CONTENT).into_response())
}
