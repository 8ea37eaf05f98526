//! The router of a running server.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;

/// The router of a running server. Clones share the router.
#[derive(Debug, Clone)]
pub struct CurrentRouter(Arc<ArcSwap<Router>>);

impl CurrentRouter {
    /// Creates a handle that begins with `router`.
    pub fn new(router: Router) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(router)))
    }

    /// Serves the requests that arrive from now on with `router`, also those on open connections. Requests in
    /// flight end with the router before.
    pub fn replace(&self, router: Router) {
        self.0.store(Arc::new(router));
    }

    pub(super) fn get(&self) -> Router {
        Router::clone(&self.0.load())
    }
}
