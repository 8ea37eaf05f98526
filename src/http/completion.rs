//! Completes requests whose client hangs up.

use axum::{extract::Request, middleware::Next, response::Response};

use crate::detached::detached;

/// A layer for routes that change an account. hyper drops a handler when its client closes the connection; the change
/// may be stored by then, and its audit line and the notice to the user must follow.
pub(crate) async fn complete(request: Request, next: Next) -> Response {
    detached(next.run(request)).await
}
