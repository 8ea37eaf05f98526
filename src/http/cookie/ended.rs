//! The logins that were ended in a browser. Each is kept until it would have expired.

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::FURTHEST_EXPIRY;

/// The maximum size of the cookie's value in bytes: about 60 logins. Beyond it, the logins that expire first are
/// dropped.
const MAX_BYTES: usize = 2_048;

/// The maximum length of a login id in characters.
const MAX_ID_LENGTH: usize = 64;

/// The id of an ended login, and the time at which it would have expired.
pub(crate) type EndedLogin = (String, DateTime<Utc>);

/// The value of the cookie of ended logins: entries of the form `<sid>~<abs_exp>`, separated by dots.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct EndedLogins(Vec<(String, Option<DateTime<Utc>>)>);

impl EndedLogins {
    /// Parses the value. Entries of another form are dropped, because the value is sent back to the browser.
    pub(super) fn read(value: &str) -> Self {
        let entries = value.split('.').filter_map(|entry| {
            // Cookies of earlier releases have no expiry.
            let (sid, until) = entry.split_once('~').unwrap_or((entry, ""));
            let until = until.parse().ok();
            let until = until.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            is_login_id(sid).then(|| (sid.to_owned(), until))
        });
        let max_entries = MAX_BYTES / 2;
        Self(entries.take(max_entries).collect())
    }

    /// Returns whether there is no entry.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the login `sid` has ended.
    pub(crate) fn contains(&self, sid: &str) -> bool {
        self.0.iter().any(|(ended, _)| ended == sid)
    }

    /// Returns the ids of the logins.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.0.iter().map(|(sid, _)| sid.clone()).collect()
    }

    /// Returns the value with these logins added, and its lifetime: until the last of the logins would have
    /// expired. Logins that would have expired by `now` are dropped. A login of unknown expiry is kept for
    /// `max_lifetime`. Returns `None` if no login remains.
    pub(super) fn value_with(
        &self,
        ended: &[EndedLogin],
        max_lifetime: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<(String, TimeDelta)> {
        let is_new = |sid: &str| ended.iter().all(|(ended, _)| ended != sid);
        let earlier = self.0.iter().filter(|(sid, _)| is_new(sid));
        let earlier = earlier.map(|(sid, until)| {
            let remaining = until.map_or(max_lifetime, |until| until.signed_duration_since(now));
            (sid, remaining.min(FURTHEST_EXPIRY))
        });
        let ended = ended
            .iter()
            .map(|(sid, until)| (sid, until.signed_duration_since(now).min(FURTHEST_EXPIRY)));
        let mut all: Vec<_> = ended.chain(earlier).collect();
        all.retain(|(_, remaining)| *remaining > TimeDelta::zero());
        all.sort_by_key(|(_, remaining)| std::cmp::Reverse(*remaining));
        let (_, last) = *all.first()?;
        let mut value = String::new();
        for (sid, remaining) in all {
            let until = now.checked_add_signed(remaining).unwrap_or(now).timestamp();
            let separator = if value.is_empty() { "" } else { "." };
            let entry = format!("{separator}{sid}~{until}");
            if value.len() + entry.len() > MAX_BYTES {
                break;
            }
            value.push_str(&entry);
        }
        Some((value, last))
    }
}

/// Returns whether a text is a base64url login id. No other text is sent back in a cookie.
fn is_login_id(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=MAX_ID_LENGTH).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CLIENT_LIFETIME: TimeDelta = TimeDelta::days(90);

    fn now() -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn in_days(days: i64) -> DateTime<Utc> {
        now() + TimeDelta::days(days)
    }

    fn at(days: i64) -> i64 {
        in_days(days).timestamp()
    }

    #[test]
    fn cookie_lives_until_its_last_login_would_have_expired() {
        let earlier = EndedLogins::read(&format!("long~{}.over~{}", at(80), at(0)));
        let (value, remaining) = earlier
            .value_with(&[("short".to_owned(), in_days(2))], CLIENT_LIFETIME, now())
            .unwrap();
        assert_eq!(value, format!("long~{}.short~{}", at(80), at(2)));
        assert_eq!(remaining, TimeDelta::days(80));
        // A login that is added again has one entry, with the later expiry.
        let again = EndedLogins::read(&value).value_with(
            &[("short".to_owned(), in_days(3))],
            CLIENT_LIFETIME,
            now(),
        );
        let (value, _) = again.unwrap();
        assert_eq!(value, format!("long~{}.short~{}", at(80), at(3)));
    }

    #[test]
    fn entries_without_expiry_are_kept_for_the_client_lifetime() {
        let earlier = EndedLogins::read("x.y.");
        assert!(earlier.contains("x") && earlier.contains("y") && !earlier.contains(""));
        let (value, remaining) = earlier
            .value_with(&[("z".to_owned(), in_days(2))], CLIENT_LIFETIME, now())
            .unwrap();
        let end = at(90);
        assert_eq!(value, format!("x~{end}.y~{end}.z~{}", at(2)));
        assert_eq!(remaining, CLIENT_LIFETIME);
    }

    #[test]
    fn logins_that_expire_first_are_dropped_when_the_cookie_is_full() {
        let mut ended = EndedLogins::default();
        let sid = |n: i64| format!("{n:022}");
        for n in 0..100 {
            let (value, remaining) = ended
                .value_with(&[(sid(n), in_days(n + 1))], CLIENT_LIFETIME, now())
                .unwrap();
            assert!(value.len() <= MAX_BYTES);
            assert_eq!(remaining, TimeDelta::days(n + 1));
            ended = EndedLogins::read(&value);
        }
        let kept = (0..100).filter(|n| ended.contains(&sid(*n)));
        assert_eq!(kept.collect::<Vec<_>>(), (40..100).collect::<Vec<_>>());
    }

    #[test]
    fn expired_logins_are_dropped() {
        let over = EndedLogins::read(&format!("x~{}.y~-5", at(0)));
        assert_eq!(over.value_with(&[], CLIENT_LIFETIME, now()), None);
    }

    proptest! {
        #[test]
        fn size_and_lifetime_are_bounded_for_any_input(
            text in "\\PC{0,60}|([a-z]{1,4}(~-?[0-9]{1,20})?\\.){0,400}", end in any::<i64>(),
        ) {
            let ends = DateTime::from_timestamp(end, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
            let ended = [("new".to_owned(), ends)];
            if let Some((value, remaining)) = EndedLogins::read(&text).value_with(&ended, CLIENT_LIFETIME, now()) {
                prop_assert!(value.len() <= MAX_BYTES && value.is_ascii());
                prop_assert!(remaining > TimeDelta::zero() && remaining <= FURTHEST_EXPIRY);
                prop_assert_eq!(EndedLogins::read(&value).value_with(&[], CLIENT_LIFETIME, now()), Some((value, remaining)));
            }
        }
    }
}
