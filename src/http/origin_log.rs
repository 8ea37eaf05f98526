//! Logs refused origins, which browsers report only in their own console.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::MatchedPath,
    http::{Extensions, HeaderValue},
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Clock;

/// The time within which a repeated refusal is not logged.
const INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of refusals that are logged within that time. Clients choose the origins, so without a limit
/// they could fill the memory and the log.
const MAX_ORIGINS: usize = 100;

/// The maximum length of a logged origin in bytes.
const MAX_ORIGIN_BYTES: usize = 100;

/// The recently logged refusals.
#[derive(Default)]
struct LoggedOrigins {
    /// The time at which an origin was refused at a route.
    at: HashMap<(String, String), DateTime<Utc>>,
    /// The number of refusals beyond the limit that were not logged.
    left_out: u64,
}

/// Logs each refused origin at most once a minute per route.
#[derive(Clone)]
pub(crate) struct OriginLog {
    clock: Clock,
    logged: Arc<Mutex<LoggedOrigins>>,
}

impl OriginLog {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            logged: Arc::default(),
        }
    }

    fn is_due(&self, origin: &str, route: &str) -> bool {
        let now = self.clock.now();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (origin.to_owned(), route.to_owned());
        let is_recent = |at: &DateTime<Utc>| now.signed_duration_since(*at) < INTERVAL;
        if logged.at.get(&key).is_some_and(is_recent) {
            return false;
        }
        if logged.at.len() >= MAX_ORIGINS {
            logged.at.retain(|_, at| is_recent(at));
        }
        let has_room = logged.at.len() < MAX_ORIGINS;
        if has_room {
            logged.at.insert(key, now);
            if let left_out @ 1.. = std::mem::take(&mut logged.left_out) {
                tracing::warn!(left_out, "refused further origins that were not logged");
            }
        } else {
            logged.left_out += 1;
        }
        has_room
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
    fn refusal_is_logged_once_a_minute_and_the_number_is_bounded() {
        let now = Arc::new(Mutex::new(DateTime::<Utc>::UNIX_EPOCH));
        let time = now.clone();
        let log = OriginLog::new(Clock::from_fn(move || *time.lock().unwrap()));
        let later = |seconds| *now.lock().unwrap() += TimeDelta::seconds(seconds);
        assert!(log.is_due("https://a.example", "/login"));
        assert!(log.is_due("https://a.example", "/refresh"));
        later(59);
        assert!(!log.is_due("https://a.example", "/login"));
        later(1);
        assert!(log.is_due("https://a.example", "/login"));
        let due = (0..1000).filter(|n| log.is_due(&format!("https://{n}.example"), "/login"));
        assert!(due.count() < MAX_ORIGINS);
        assert!(log.logged.lock().unwrap().at.len() <= MAX_ORIGINS);
        assert!(log.logged.lock().unwrap().left_out > 900);
        later(60);
        assert!(log.is_due("https://b.example", "/login"));
        assert_eq!(log.logged.lock().unwrap().left_out, 0);
    }

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
