//! The admin who asks.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};

use super::{Now, Presented};
use crate::{
    admin::{Admin, Administration},
    clock::Clock,
    http::problem::Problem,
    session::Sessions,
};

/// A session with the admin role and a recent login, which the row confirms.
pub(in crate::http) struct AdminOnly(pub(in crate::http) Admin);

impl<S: Send + Sync> FromRequestParts<S> for AdminOnly
where
    Administration: FromRef<S>,
    Sessions: FromRef<S>,
    Clock: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Now(now)) = Now::from_request_parts(parts, state).await;
        let Presented(session) = Presented::from_request_parts(parts, state).await?;
        let admin = Administration::from_ref(state).admit(&session, now).await?;
        Ok(Self(admin))
    }
}
