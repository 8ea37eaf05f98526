//! The admin who asks.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};

use super::{Authenticated, Now};
use crate::{
    admin::{Admin, AdminService},
    clock::Clock,
    http::problem::Problem,
    session::Sessions,
    token::Access,
};

/// A session with the admin role and a recent login, which the row confirms.
pub(crate) struct AdminOnly(pub(crate) Admin);

impl<S: Send + Sync> FromRequestParts<S> for AdminOnly
where
    AdminService: FromRef<S>,
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (_, admin) = admitted(parts, state).await?;
        Ok(Self(admin))
    }
}

/// The session of an admin, for routes that read a body: it is judged before the body is read, and
/// the handler judges it again, because the admin may have been shut out while the body arrived.
pub(crate) struct AdminSession(pub(crate) Access);

impl<S: Send + Sync> FromRequestParts<S> for AdminSession
where
    AdminService: FromRef<S>,
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (session, _) = admitted(parts, state).await?;
        Ok(Self(session))
    }
}

async fn admitted<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<(Access, Admin), Problem>
where
    AdminService: FromRef<S>,
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    let Ok(Now(now)) = Now::from_request_parts(parts, state).await;
    let Authenticated(session) = Authenticated::from_request_parts(parts, state).await?;
    let admin = AdminService::from_ref(state).admit(&session, now).await?;
    Ok((session, admin))
}
