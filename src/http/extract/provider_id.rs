//! The provider that a path names.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::{
    http::problem::{Problem, from_domain},
    provider::{Upstream, Upstreams},
};

/// The `{provider}` of the path. Empty, which names no provider, if the path is not UTF-8.
pub(crate) struct ProviderId(String);

impl ProviderId {
    /// Returns the configured provider with this ID.
    ///
    /// # Errors
    /// `unknown_provider`: no such provider is configured.
    pub(crate) fn find<'a>(&self, upstreams: &'a Upstreams) -> Result<&'a Upstream, Problem> {
        upstreams
            .get(&self.0)
            .ok_or_else(from_domain::unknown_provider)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ProviderId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(id)| id).unwrap_or_default()))
    }
}
