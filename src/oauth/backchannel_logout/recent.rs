//! The notifications that wait or have ended recently. A request that repeats a logout, such as one with a copied
//! cookie, does not send them again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::token::LogoutSubject;

/// The time after its end in which the notification of one login is not repeated. A later login of the user has
/// another `sid`.
const REPEATED_AFTER: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of ended notifications that are kept. The oldest one is dropped.
const MAX_ENDED: usize = 4_096;

/// The `client_id`, and the logins that have ended.
type Key = (String, LogoutSubject);

/// The notifications that wait, are being sent or have ended recently.
///
/// A notification of one login (with `sid`) is kept from its beginning until a minute after its end. One of all
/// logins of a user (without `sid`) is kept only while its next token is not yet issued: a user may log in
/// again right after the client has received the token, and the end of that login is another event.
#[derive(Debug, Default)]
pub(super) struct RecentNotifications(Mutex<Recent>);

#[derive(Debug, Default)]
struct Recent {
    /// The time of the end, or `None` if the notification has not ended.
    notifications: HashMap<Key, Option<DateTime<Utc>>>,
    /// The keys of ended notifications, in the order of their ends.
    ended: VecDeque<Key>,
}

impl RecentNotifications {
    /// Returns whether the notification is a new one, and keeps it.
    pub(super) fn begin(
        &self,
        client_id: &str,
        subject: &LogoutSubject,
        now: DateTime<Utc>,
    ) -> bool {
        let mut recent = self.lock();
        recent.drop_old(now);
        let key = key(client_id, subject);
        if recent.notifications.contains_key(&key) {
            return false;
        }
        recent.notifications.insert(key, None);
        true
    }

    /// Removes a notification that is not sent after all.
    pub(super) fn forget(&self, client_id: &str, subject: &LogoutSubject) {
        self.lock().notifications.remove(&key(client_id, subject));
    }

    /// Records that a token is issued and sent.
    pub(super) fn sending(&self, client_id: &str, subject: &LogoutSubject) {
        if subject.sid.is_none() {
            self.forget(client_id, subject);
        }
    }

    /// Records that the notification waits for another token.
    pub(super) fn retrying(&self, client_id: &str, subject: &LogoutSubject) {
        let key = key(client_id, subject);
        self.lock().notifications.entry(key).or_insert(None);
    }

    /// Records the end of a notification.
    pub(super) fn end(&self, client_id: &str, subject: &LogoutSubject, now: DateTime<Utc>) {
        if subject.sid.is_none() {
            return;
        }
        let (mut recent, key) = (self.lock(), key(client_id, subject));
        recent.notifications.insert(key.clone(), Some(now));
        recent.ended.push_back(key);
        if recent.ended.len() > MAX_ENDED {
            recent.drop_oldest();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn drop_oldest(&mut self) {
        if let Some(key) = self.ended.pop_front() {
            self.notifications.remove(&key);
        }
    }

    fn drop_old(&mut self, now: DateTime<Utc>) {
        let is_old = |ended: Option<DateTime<Utc>>| {
            ended.is_none_or(|ended| (now - ended).abs() >= REPEATED_AFTER)
        };
        while let Some(key) = self.ended.front()
            && is_old(self.notifications.get(key).copied().flatten())
        {
            self.drop_oldest();
        }
    }
}

fn key(client_id: &str, subject: &LogoutSubject) -> Key {
    (client_id.to_owned(), subject.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(sid: Option<&str>) -> LogoutSubject {
        LogoutSubject {
            user: "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap(),
            sid: sid.map(str::to_owned),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn login_is_kept_until_a_minute_after_the_end_of_its_notification() {
        let (recent, login) = (RecentNotifications::default(), subject(Some("one")));
        assert!(recent.begin("app", &login, at(0)));
        recent.sending("app", &login);
        recent.retrying("app", &login);
        assert!(!recent.begin("app", &login, at(335)));
        assert!(recent.begin("other", &login, at(335)));
        assert!(recent.begin("app", &subject(Some("two")), at(335)));
        recent.end("app", &login, at(335));
        assert!(!recent.begin("app", &login, at(394)));
        assert!(recent.begin("app", &login, at(395)));
    }

    #[test]
    fn user_is_kept_only_until_a_token_is_issued() {
        let (recent, user) = (RecentNotifications::default(), subject(None));
        assert!(recent.begin("app", &user, at(0)));
        assert!(!recent.begin("app", &user, at(0)));
        recent.sending("app", &user);
        recent.retrying("app", &user);
        assert!(!recent.begin("app", &user, at(1)));
        recent.sending("app", &user);
        assert!(recent.begin("app", &user, at(1)));
        recent.end("app", &user, at(1));
        assert!(!recent.begin("app", &user, at(1)), "the second one waits");
    }

    #[test]
    fn number_of_ended_notifications_is_bounded() {
        let recent = RecentNotifications::default();
        for n in 0..=MAX_ENDED {
            let login = subject(Some(&n.to_string()));
            assert!(recent.begin("app", &login, at(0)));
            recent.end("app", &login, at(0));
        }
        assert_eq!(recent.lock().notifications.len(), MAX_ENDED);
        assert_eq!(recent.lock().ended.len(), MAX_ENDED);
        assert!(recent.begin("app", &subject(Some("0")), at(0)));
        assert!(!recent.begin("app", &subject(Some("1")), at(0)));
    }

    #[test]
    fn set_back_clock_keeps_nothing_for_ever() {
        let (recent, login) = (RecentNotifications::default(), subject(Some("one")));
        assert!(recent.begin("app", &login, at(0)));
        recent.end("app", &login, at(0));
        assert!(recent.begin("app", &login, at(-3_600)));
    }
}
