//! The routes of a running server.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;

/// The routes of a server.
#[derive(Debug)]
pub struct ServedRoutes {
    /// Answers requests.
    pub routes: Router,
    /// Answers every request beyond the limit of concurrent requests, whose body is not read.
    pub overloaded: Router,
}

/// The routes of a running server. Clones share the routes.
#[derive(Debug, Clone)]
pub struct CurrentRouter(Arc<ArcSwap<ServedRoutes>>);

impl CurrentRouter {
    /// Creates a handle that begins with `routes`.
    pub fn new(routes: ServedRoutes) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(routes)))
    }

    /// Serves the requests that arrive from now on with `routes`, also those on open connections. Requests in
    /// flight end with the routes before.
    pub fn replace(&self, routes: ServedRoutes) {
        self.0.store(Arc::new(routes));
    }

    pub(super) fn routes(&self) -> Router {
        self.0.load().routes.clone()
    }

    pub(super) fn overloaded(&self) -> Router {
        self.0.load().overloaded.clone()
    }
}
