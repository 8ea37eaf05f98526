//! The ID in the path.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::{
    http::problem::{Code, Problem, from_domain},
    identity::{AccountId, CredentialId, UserId},
};

/// Defines the ID of a path. A segment that is no ID or not UTF-8 names nothing, and is refused with that problem.
macro_rules! path_id {
    ($(#[$doc:meta])* $name:ident, $id:ty, $unknown:expr) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) $id);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
                let path = Path::<$id>::from_request_parts(parts, state).await;
                let id = path.map(|Path(id)| Self(id));
                id.map_err(|_| $unknown)
            }
        }
    };
}

path_id!(
    /// The user ID in the path.
    UserIdPath,
    UserId,
    from_domain::unknown_user()
);
path_id!(
    /// The account ID in the path.
    AccountIdPath,
    AccountId,
    from_domain::unknown_account()
);
path_id!(
    /// The passkey ID in the path.
    PasskeyIdPath,
    CredentialId,
    Problem::new(Code::UnknownFactor)
);
