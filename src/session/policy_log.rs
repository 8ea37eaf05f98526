//! Logs faults of policies (forward-auth), which the operator sees nowhere else.

use chrono::{DateTime, Utc};

use crate::{
    config::{InvalidReturnUrl, Policies, Policy},
    log_limit::LogLimiter,
};

/// The maximum length of a logged name or origin, in characters. Clients choose it.
const MAX_CHARS: usize = 100;

/// Logs each fault at most once a minute. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct PolicyLog(LogLimiter);

impl PolicyLog {
    /// Logs that no policy has the name.
    pub(crate) fn unknown_policy(&self, name: &str, policies: &Policies, now: DateTime<Utc>) {
        // Quotes escape control characters.
        let name = format!("{:?}", cut(name));
        if self.0.is_due(&name, "unknown policy", now) {
            let known = policies.names().collect::<Vec<_>>().join(", ");
            tracing::warn!(
                policy = name,
                known,
                "a request to /forward-auth names no policy in the configuration"
            );
        }
    }

    /// Logs that users cannot return to the URL that they asked for. The URL is not logged, except for its origin: it
    /// may hold a secret.
    pub(crate) fn return_url(
        &self,
        policy: &Policy,
        refused: &InvalidReturnUrl,
        now: DateTime<Utc>,
    ) {
        let name = &policy.name;
        let origin = match refused {
            InvalidReturnUrl::Origin(origin) => cut(origin),
            InvalidReturnUrl::Form | InvalidReturnUrl::TooLong => "none".to_owned(),
        };
        let subject = format!("{name} {origin}");
        let reason = refused.to_string();
        if self.0.is_due(&subject, &reason, now) {
            let setting = format!("policies.{name}.origins");
            tracing::warn!(
                policy = name,
                origin,
                setting,
                reason,
                "users cannot return to the application after a login: the return URL {reason}"
            );
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}
