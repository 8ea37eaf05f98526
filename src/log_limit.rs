//! Limits log lines about requests, whose number and content clients choose, and about outages.

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
    /// The time of a line and the number of its repetitions since, by its subject and its reason.
    at: HashMap<(String, String), (DateTime<Utc>, u64)>,
    /// The number of lines that were not logged: those beyond the limit, and repetitions of lines that are forgotten.
    left_out: u64,
}

/// Allows each line at most once a minute. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct LogLimiter(Arc<Mutex<LoggedLines>>);

impl LogLimiter {
    /// Returns whether a line about this subject and reason is due, and takes it as logged.
    pub fn is_due(&self, subject: &str, reason: &str, now: DateTime<Utc>) -> bool {
        self.repetitions(subject, reason, now).is_some()
    }

    /// Returns how often the line was repeated since it was last logged, if it is due, and takes it as logged.
    pub fn repetitions(&self, subject: &str, reason: &str, now: DateTime<Utc>) -> Option<u64> {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (subject.to_owned(), reason.to_owned());
        // A line from the future is due again: the clock was set back.
        let recent = TimeDelta::zero()..INTERVAL;
        let is_recent = |at: &DateTime<Utc>| recent.contains(&now.signed_duration_since(*at));
        let repeated = match logged.at.get_mut(&key) {
            Some((at, repeated)) if is_recent(at) => {
                *repeated += 1;
                return None;
            }
            Some((_, repeated)) => *repeated,
            None => 0,
        };
        let LoggedLines { at, left_out } = &mut *logged;
        if at.len() >= MAX_LINES {
            at.retain(|line, (at, repeated)| {
                let is_kept = is_recent(at) || *line == key;
                *left_out += if is_kept { 0 } else { *repeated };
                is_kept
            });
        }
        let has_room = at.len() < MAX_LINES || at.contains_key(&key);
        if has_room {
            at.insert(key, (now, 0));
            if let left_out @ 1.. = std::mem::take(left_out) {
                tracing::warn!(left_out, "further lines of this kind were not logged");
            }
        } else {
            *left_out += 1;
        }
        has_room.then_some(repeated)
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
        assert_eq!(log.repetitions("app", "state", at(60)), Some(1));
        let due = (0..1000).filter(|n| log.is_due(&n.to_string(), "state", at(61)));
        assert_eq!(due.count(), MAX_LINES - 3);
        assert!(log.0.lock().unwrap().at.len() <= MAX_LINES);
        assert!(log.0.lock().unwrap().left_out > 900);
        assert!(log.is_due("web", "state", at(130)));
        assert_eq!(log.0.lock().unwrap().left_out, 0);
        assert!(log.is_due("web", "state", at(-3600)));
    }
}
