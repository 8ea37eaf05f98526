//! Limits log lines about requests, whose number and content clients choose.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// The time within which a repeated line is not logged.
const INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of different lines within that time. Without a limit, clients could fill the memory and the log.
const MAX_LINES: usize = 100;

/// The recently logged lines.
#[derive(Debug, Default)]
struct LoggedLines {
    /// The time of a line, by its subject and its reason.
    at: HashMap<(String, String), DateTime<Utc>>,
    /// The number of lines beyond the limit that were not logged.
    left_out: u64,
}

/// Allows each line at most once a minute. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct LogLimiter(Arc<Mutex<LoggedLines>>);

impl LogLimiter {
    /// Returns whether a line about this subject and reason is due, and takes it as logged.
    pub fn is_due(&self, subject: &str, reason: &str, now: DateTime<Utc>) -> bool {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (subject.to_owned(), reason.to_owned());
        let is_recent = |at: &DateTime<Utc>| now.signed_duration_since(*at) < INTERVAL;
        if logged.at.get(&key).is_some_and(is_recent) {
            return false;
        }
        if logged.at.len() >= MAX_LINES {
            logged.at.retain(|_, at| is_recent(at));
        }
        let has_room = logged.at.len() < MAX_LINES;
        if has_room {
            logged.at.insert(key, now);
            if let left_out @ 1.. = std::mem::take(&mut logged.left_out) {
                tracing::warn!(left_out, "further refusals were not logged");
            }
        } else {
            logged.left_out += 1;
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_logged_once_a_minute_and_the_number_is_bounded() {
        let log = LogLimiter::default();
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert!(log.is_due("app", "state", at(0)));
        assert!(!log.is_due("app", "state", at(59)));
        assert!(log.is_due("app", "nonce", at(59)));
        assert!(log.is_due("web", "state", at(59)));
        assert!(log.is_due("app", "state", at(60)));
        let due = (0..1000).filter(|n| log.is_due(&n.to_string(), "state", at(61)));
        assert_eq!(due.count(), MAX_LINES - 3);
        assert!(log.0.lock().unwrap().at.len() <= MAX_LINES);
        assert!(log.0.lock().unwrap().left_out > 900);
        assert!(log.is_due("web", "state", at(130)));
        assert_eq!(log.0.lock().unwrap().left_out, 0);
    }
}
