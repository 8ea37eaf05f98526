//! Logs refused origins, which browsers report only in their own console.

use axum::{
    extract::MatchedPath,
    http::{Extensions, HeaderValue},
};

use crate::{clock::Clock, log_limit::LogLimiter};

/// The maximum length of a logged origin in bytes.
const MAX_ORIGIN_BYTES: usize = 100;

/// Logs each refused origin at most once a minute per route.
#[derive(Clone)]
pub(crate) struct OriginLog {
    clock: Clock,
    limiter: LogLimiter,
}

impl OriginLog {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            limiter: LogLimiter::default(),
        }
    }

    fn is_due(&self, origin: &str, route: &str) -> bool {
        self.limiter.is_due(origin, route, self.clock.now())
    }
}

/// The log of refused origins, for one request.
#[derive(Clone)]
pub(crate) struct RequestOriginLog {
    log: Option<OriginLog>,
    route: Option<MatchedPath>,
}

impl RequestOriginLog {
    /// Takes the log and the route from the extensions of a request.
    pub(crate) fn new(extensions: &Extensions) -> Self {
        Self {
            log: extensions.get().cloned(),
            route: extensions.get().cloned(),
        }
    }

    /// Logs that the request was refused for its origin, unless the origin was logged recently.
    pub(crate) fn refused(&self, origin: Option<&HeaderValue>) {
        let route = self.route.as_ref().map_or("none", MatchedPath::as_str);
        let origin = origin.map_or_else(|| "none".to_owned(), loggable);
        if self
            .log
            .as_ref()
            .is_some_and(|log| log.is_due(&origin, route))
        {
            tracing::warn!(
                origin,
                route,
                "refused an origin that no client lists: if it belongs to your app, add it to `origins` of \
                 its client; if it is the address of this service, set `issuer` to it",
            );
        }
    }
}

/// Returns the origin if it has the form of one: a scheme, a host and optionally a port (RFC 6454 §6.2). Browsers
/// send nothing else, and other text may hold a secret.
fn loggable(origin: &HeaderValue) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._:[]".contains(&byte);
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(is_plain);
    let is_origin = |text: &&str| {
        let parts = text.split_once("://");
        let is_tuple = parts.is_some_and(|(scheme, host)| is_plain(scheme) && is_plain(host));
        text.len() <= MAX_ORIGIN_BYTES && (is_tuple || *text == "null")
    };
    let origin = origin.to_str().ok().filter(is_origin);
    origin.unwrap_or("unreadable").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_origins_are_logged() {
        let loggable = |text: &str| loggable(&HeaderValue::from_bytes(text.as_bytes()).unwrap());
        for origin in [
            "https://a.example",
            "http://[::1]:3000",
            "capacitor://localhost",
            "null",
        ] {
            assert_eq!(loggable(origin), origin);
        }
        for text in [
            "",
            "a.example",
            "https://",
            "https://a.example/path",
            "https://user@a.example",
            "https://a.example?q",
            "https://a.ex\tample",
            "https://\u{e9}.example",
            "https://a.example https://b.example",
            &format!("https://{}", "x".repeat(5000)),
        ] {
            assert_eq!(loggable(text), "unreadable");
        }
    }
}
