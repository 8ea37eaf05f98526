//! `POST /logout` logs a browser out; `POST /logout/everywhere` ends every session of the user.

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    audit::{AuditAction, audit},
    http::{
        cookie::{self, CookieChange, EndedLogin, SetSsoCookie, SsoCookie},
        extract::{Authenticated, Now, request_origin},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    session::{PresentedTokens, Sessions},
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
pub(crate) async fn logout(
    State(app): State<App>,
    Now(now): Now,
    request: Request,
) -> Result<Response, Problem> {
    let sessions = &app.sessions;
    let no_content = Ok(StatusCode::NO_CONTENT.into_response());
    let Some(client) = sessions.clients().with_cookies() else {
        return no_content;
    };
    let (parts, _) = request.into_parts();
    let cookies = cookie::SessionCookies::read(&parts.headers, sessions.issuer())?;
    if cookies.is_empty() {
        return no_content;
    }
    request_origin::may_use_cookies(&parts, client, sessions.issuer())?;
    let presented = PresentedTokens {
        refresh: [cookies.refresh.as_deref(), cookies.renewed.as_deref()],
        access: cookies.access.as_deref(),
    };
    let ended = sessions.log_out(client, presented, now).await?;
    let users: Vec<_> = ended.iter().map(|login| login.user).collect();
    let ended = ended.into_iter().map(|login| (login.sid, login.until));
    let mut ended: Vec<EndedLogin> = ended.collect();
    // The session of the same user at the issuer would log the user in again, so it ends as well. It may last longer
    // than the login of the client, and the browser remembers it for as long.
    let sso_cookie = SsoCookie::of(&parts.headers, sessions.issuer());
    let sso_session = match sso_cookie.get() {
        Some(sealed) => app.single_sign_on.open(sealed, &[], now).await?,
        None => None,
    };
    let mut removed = None;
    if let Some(session) = sso_session.filter(|session| users.contains(&session.sub)) {
        if let Some((_, until)) = ended.iter_mut().find(|(sid, _)| *sid == session.sid) {
            *until = session.abs_exp.max(*until);
        } else {
            audit!(AuditAction::Logout, Done, sid = session.sid, user.id = %session.sub);
            ended.push((session.sid.clone(), session.abs_exp));
        }
        app.backchannel_logout.notify_of_login(&session);
        removed = Some(SetSsoCookie::remove(sessions.issuer()));
    }
    let change = Extension(CookieChange::Forget(ended));
    Ok((StatusCode::NO_CONTENT, removed, change).into_response())
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
