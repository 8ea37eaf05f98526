//! Logs refused authorization requests, whose reason the developer of the client sees nowhere else.

use chrono::{DateTime, Utc};

use super::{AuthorizationError, UnredirectableError};
use crate::log_limit::LogLimiter;

/// Logs each reason at most once a minute per client. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct RefusedRequestLog(LogLimiter);

impl RefusedRequestLog {
    /// Logs a refused request of that client, which is `None` if the client is not configured. The redirect URI and
    /// the other parameters are not logged: anyone can send them.
    pub fn record(&self, client_id: Option<&str>, error: &AuthorizationError, now: DateTime<Utc>) {
        let client_id = client_id.unwrap_or("unknown");
        let reason = match error {
            AuthorizationError::Unredirectable(UnredirectableError::Client(refused)) => {
                refused.to_string()
            }
            AuthorizationError::Unredirectable(refused) => format!("redirect_uri {refused}"),
            AuthorizationError::Redirectable { reason, .. } => reason.clone(),
        };
        if self.0.is_due(client_id, &reason, now) {
            tracing::warn!(client_id, reason, "refused an authorization request");
        }
    }
}
