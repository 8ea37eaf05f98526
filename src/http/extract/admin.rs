//! The admin who makes a request.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::AuthenticatedCaller;
use crate::{
    admin::Admin,
    app::App,
    http::{extract::Caller, problem::Problem},
    token::Access,
};

/// An admin: a session with the admin role and a recent login, confirmed by the user's row.
pub(crate) struct AdminOnly {
    /// The proof of admission.
    pub(crate) admin: Admin,
    /// The caller.
    pub(crate) caller: Caller,
}

impl FromRequestParts<App> for AdminOnly {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let (AuthenticatedCaller { caller, .. }, admin) = admitted(parts, app).await?;
        Ok(Self { admin, caller })
    }
}

/// The session of an admin, for routes that read a body. The admin is admitted before the body is read, and
/// the handler admits them again, because they may have been disabled while the body arrived.
pub(crate) struct AdminSession {
    /// The claims of the access token.
    pub(crate) session: Access,
    /// The caller.
    pub(crate) caller: Caller,
}

impl FromRequestParts<App> for AdminSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let (AuthenticatedCaller { session, caller }, _) = admitted(parts, app).await?;
        Ok(Self { session, caller })
    }
}

async fn admitted(parts: &mut Parts, app: &App) -> Result<(AuthenticatedCaller, Admin), Problem> {
    let authenticated = AuthenticatedCaller::from_request_parts(parts, app).await?;
    let AuthenticatedCaller { session, caller } = &authenticated;
    let admin = app.administration.admit(session, caller.now).await?;
    Ok((authenticated, admin))
}
