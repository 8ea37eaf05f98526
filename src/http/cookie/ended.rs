//! The logins that were ended in a browser, each until it would have ended anyway.

use chrono::{DateTime, TimeDelta, Utc};

/// The most bytes of the cookie's value: about 60 logins. Beyond it those that end first are forgotten.
const MOST_BYTES: usize = 2_048;

/// The most characters of the name of a login.
const LONGEST_LOGIN: usize = 64;

/// The furthest that an end may lie ahead: longer than any login that can be configured.
const FURTHEST: TimeDelta = TimeDelta::days(3660);

/// A login that was ended, and when it would have ended anyway.
pub(crate) type EndedLogin = (String, DateTime<Utc>);

/// The value of the cookie that names ended logins: `<sid>~<abs_exp>`, separated by dots.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct EndedLogins(Vec<(String, Option<DateTime<Utc>>)>);

impl EndedLogins {
    /// Reads the value. What is not of its form is left out: it is set again by answers.
    pub(super) fn read(value: &str) -> Self {
        let entries = value.split('.').filter_map(|entry| {
            // Cookies of earlier releases state no end.
            let (sid, until) = entry.split_once('~').unwrap_or((entry, ""));
            let until = until.parse().ok();
            let until = until.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            is_login(sid).then(|| (sid.to_owned(), until))
        });
        let most = MOST_BYTES / 2;
        Self(entries.take(most).collect())
    }

    /// Returns whether no login is named.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the login `sid` has ended.
    pub(crate) fn contains(&self, sid: &str) -> bool {
        self.0.iter().any(|(ended, _)| ended == sid)
    }

    /// The names of the logins.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(sid, _)| sid.clone()).collect()
    }

    /// The value once these logins are ended too, and for how long it is kept: until the last of all
    /// would have ended. Those that would have ended by now are left out. One whose end is not known is
    /// kept for `longest`.
    pub(super) fn and(
        &self,
        ended: &[EndedLogin],
        longest: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<(String, TimeDelta)> {
        let is_new = |sid: &str| ended.iter().all(|(ended, _)| ended != sid);
        let earlier = self.0.iter().filter(|(sid, _)| is_new(sid));
        let earlier = earlier.map(|(sid, until)| {
            let left = until.map_or(longest, |until| until.signed_duration_since(now));
            (sid, left.min(FURTHEST))
        });
        let ended = ended
            .iter()
            .map(|(sid, until)| (sid, until.signed_duration_since(now).min(FURTHEST)));
        let mut all: Vec<_> = ended.chain(earlier).collect();
        all.retain(|(_, left)| *left > TimeDelta::zero());
        all.sort_by_key(|(_, left)| std::cmp::Reverse(*left));
        let (_, last) = *all.first()?;
        let mut value = String::new();
        for (sid, left) in all {
            let until = now.checked_add_signed(left).unwrap_or(now).timestamp();
            let separator = if value.is_empty() { "" } else { "." };
            let entry = format!("{separator}{sid}~{until}");
            if value.len() + entry.len() > MOST_BYTES {
                break;
            }
            value.push_str(&entry);
        }
        Some((value, last))
    }
}

/// Checks that a text is a base64url login id, so that no other text is set again in a cookie.
fn is_login(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=LONGEST_LOGIN).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONGEST: TimeDelta = TimeDelta::days(90);

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
    fn the_cookie_lives_until_the_last_of_its_logins_would_have_ended() {
        let earlier = EndedLogins::read(&format!("long~{}.over~{}", at(80), at(0)));
        let (value, left) = earlier
            .and(&[("short".to_owned(), in_days(2))], LONGEST, now())
            .unwrap();
        assert_eq!(value, format!("long~{}.short~{}", at(80), at(2)));
        assert_eq!(left, TimeDelta::days(80));
        // Once more is the same, and a later end takes the place of an earlier one.
        let again =
            EndedLogins::read(&value).and(&[("short".to_owned(), in_days(3))], LONGEST, now());
        let (value, _) = again.unwrap();
        assert_eq!(value, format!("long~{}.short~{}", at(80), at(3)));
    }

    #[test]
    fn cookies_of_earlier_releases_state_no_end() {
        let earlier = EndedLogins::read("x.y.");
        assert!(earlier.contains("x") && earlier.contains("y") && !earlier.contains(""));
        let (value, left) = earlier
            .and(&[("z".to_owned(), in_days(2))], LONGEST, now())
            .unwrap();
        let end = at(90);
        assert_eq!(value, format!("x~{end}.y~{end}.z~{}", at(2)));
        assert_eq!(left, LONGEST);
    }

    #[test]
    fn as_many_are_kept_as_fit_and_those_that_end_first_are_forgotten() {
        let mut ended = EndedLogins::default();
        let sid = |n: i64| format!("{n:022}");
        for n in 0..100 {
            let (value, left) = ended
                .and(&[(sid(n), in_days(n + 1))], LONGEST, now())
                .unwrap();
            assert!(value.len() <= MOST_BYTES);
            assert_eq!(left, TimeDelta::days(n + 1));
            ended = EndedLogins::read(&value);
        }
        let kept = (0..100).filter(|n| ended.contains(&sid(*n)));
        assert_eq!(kept.collect::<Vec<_>>(), (40..100).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_left_of_logins_that_are_over() {
        let over = EndedLogins::read(&format!("x~{}.y~-5", at(0)));
        assert_eq!(over.and(&[], LONGEST, now()), None);
    }

    proptest! {
        #[test]
        fn whatever_a_browser_sends_the_value_has_a_bound(
            text in "\\PC{0,60}|([a-z]{1,4}(~-?[0-9]{1,20})?\\.){0,400}", end in any::<i64>(),
        ) {
            let ends = DateTime::from_timestamp(end, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
            let ended = [("new".to_owned(), ends)];
            if let Some((value, left)) = EndedLogins::read(&text).and(&ended, LONGEST, now()) {
                prop_assert!(value.len() <= MOST_BYTES && value.is_ascii());
                prop_assert!(left > TimeDelta::zero() && left <= FURTHEST);
                prop_assert_eq!(EndedLogins::read(&value).and(&[], LONGEST, now()), Some((value, left)));
            }
        }
    }
}
