//! The user ID in the path.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::{
    http::problem::{Problem, from_domain},
    identity::UserId,
};

/// The user ID in the path. A segment that is no ID or not UTF-8 is an unknown user.
pub(crate) struct UserIdPath(pub(crate) UserId);

impl<S: Send + Sync> FromRequestParts<S> for UserIdPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<UserId>::from_request_parts(parts, state).await;
        let id = path.map(|Path(id)| Self(id));
        id.map_err(|_| from_domain::unknown_user())
    }
}
