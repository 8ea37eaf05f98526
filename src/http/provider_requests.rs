//! Requests that name a provider in their path, and attempts to log in that ask that provider.

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts, Path},
    http::request::Parts,
};

use super::problem::{Problem, from_domain};
use crate::{
    app::App,
    limits::{ChargedCaller, LimitedAction, Limits},
    network::Network,
    provider::{Upstream, UpstreamError, Upstreams},
    session::Sessions,
};

/// The `{provider}` of the path. Empty, which names no provider, where the path is not UTF-8.
pub(crate) struct ProviderId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for ProviderId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(id)| id).unwrap_or_default()))
    }
}

/// The configured providers, the limit of attempts that ask them, and the sessions that they begin.
#[derive(Clone)]
pub(crate) struct ProviderRequests {
    pub(crate) upstreams: Upstreams,
    pub(crate) sessions: Sessions,
    limits: Limits,
}

impl FromRef<App> for ProviderRequests {
    fn from_ref(app: &App) -> Self {
        Self {
            upstreams: app.upstreams.clone(),
            sessions: app.sessions.clone(),
            limits: app.limits.clone(),
        }
    }
}

impl ProviderRequests {
    /// The provider of that id.
    ///
    /// # Errors
    /// `unknown_provider`: no such provider is configured.
    pub(crate) fn get(&self, id: &str) -> Result<&Upstream, Problem> {
        self.upstreams
            .get(id)
            .ok_or_else(from_domain::unknown_provider)
    }

    /// Runs an attempt that has a provider asked, within the network's limit of confirmations. An attempt
    /// that fails stays charged (see [`UpstreamError::is_charged`]); others cost nothing. Logins by password
    /// have a budget of their own, so a provider that is down takes none from them.
    pub(crate) async fn attempt<T>(
        &self,
        network: Network,
        asking: impl Future<Output = Result<T, UpstreamError>>,
    ) -> Result<Result<T, UpstreamError>, Problem> {
        let receipt = self
            .limits
            .charge(LimitedAction::Confirm, ChargedCaller::at(network))?;
        let outcome = asking.await;
        receipt.settle(!outcome.as_ref().is_err_and(UpstreamError::is_charged));
        Ok(outcome)
    }
}
