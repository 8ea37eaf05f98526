//! Logs refused authorization requests, whose reason the developer of the client sees nowhere else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{AuthorizationError, UnredirectableError};

/// The time within which a repeated refusal is not logged.
const INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of refusals that are logged within that time.
const MAX_REFUSALS: usize = 100;

/// The time of the last log line about a client and a reason.
type LoggedRefusals = HashMap<(String, String), DateTime<Utc>>;

/// Logs each reason at most once a minute per client. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct RefusedRequestLog(Arc<Mutex<LoggedRefusals>>);

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
        if self.is_due(client_id, &reason, now) {
            tracing::warn!(client_id, reason, "refused an authorization request");
        }
    }

    fn is_due(&self, client_id: &str, reason: &str, now: DateTime<Utc>) -> bool {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |at: &DateTime<Utc>| now.signed_duration_since(*at) < INTERVAL;
        let key = (client_id.to_owned(), reason.to_owned());
        if logged.get(&key).is_some_and(is_recent) {
            return false;
        }
        if logged.len() >= MAX_REFUSALS {
            logged.retain(|_, at| is_recent(at));
        }
        let has_room = logged.len() < MAX_REFUSALS;
        if has_room {
            logged.insert(key, now);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_is_logged_once_a_minute_per_client() {
        let log = RefusedRequestLog::default();
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert!(log.is_due("app", "state", at(0)));
        assert!(!log.is_due("app", "state", at(59)));
        assert!(log.is_due("app", "nonce", at(59)));
        assert!(log.is_due("web", "state", at(59)));
        assert!(log.is_due("app", "state", at(60)));
        let due = (0..1000).filter(|n| log.is_due(&n.to_string(), "state", at(61)));
        assert!(due.count() == MAX_REFUSALS - 3);
        assert!(log.0.lock().unwrap().len() <= MAX_REFUSALS);
        assert!(log.is_due("web", "state", at(130)));
    }
}
