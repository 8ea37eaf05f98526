//! The notifications that wait or have ended recently. A request that repeats a logout, such as one with a copied
//! cookie, does not send them again.

#[cfg(test)]
mod tests;

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
///
/// The size is bounded: a notification that has not ended takes a place of its client, and at most `MAX_ENDED`
/// are kept after their end.
#[derive(Debug, Default)]
pub(super) struct RecentNotifications(Mutex<Recent>);

/// The number of a notification. Another notification with the same key has another number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotificationNumber(u64);

#[derive(Debug, Default)]
struct Recent {
    notifications: HashMap<Key, Entry>,
    /// The keys of ended notifications, in the order of their ends.
    ended: VecDeque<Key>,
    /// The number of notifications that have begun.
    begun: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    number: NotificationNumber,
    /// The time of the end, or `None` if the notification has not ended.
    ended: Option<DateTime<Utc>>,
}

impl RecentNotifications {
    /// Keeps a new notification and returns its number. Returns `None` if the notification is a duplicate.
    pub(super) fn begin(
        &self,
        client_id: &str,
        subject: &LogoutSubject,
        now: DateTime<Utc>,
    ) -> Option<NotificationNumber> {
        let mut recent = self.lock();
        recent.drop_old(now);
        let key = key(client_id, subject);
        if recent.notifications.contains_key(&key) {
            return None;
        }
        let number = NotificationNumber(recent.begun);
        recent.begun += 1;
        let entry = Entry {
            number,
            ended: None,
        };
        recent.notifications.insert(key, entry);
        Some(number)
    }

    /// Removes a notification, unless another one has taken its place.
    pub(super) fn forget(
        &self,
        client_id: &str,
        subject: &LogoutSubject,
        number: NotificationNumber,
    ) {
        let (mut recent, key) = (self.lock(), key(client_id, subject));
        let kept = recent.notifications.get(&key);
        if kept.is_some_and(|kept| kept.number == number) {
            recent.notifications.remove(&key);
        }
    }

    /// Records that a token is issued and sent.
    pub(super) fn sending(
        &self,
        client_id: &str,
        subject: &LogoutSubject,
        number: NotificationNumber,
    ) {
        if subject.sid.is_none() {
            self.forget(client_id, subject, number);
        }
    }

    /// Records that the notification waits for another token.
    pub(super) fn retrying(
        &self,
        client_id: &str,
        subject: &LogoutSubject,
        number: NotificationNumber,
    ) {
        let entry = Entry {
            number,
            ended: None,
        };
        let key = key(client_id, subject);
        self.lock().notifications.entry(key).or_insert(entry);
    }

    /// Records the end of a notification, whatever its outcome.
    pub(super) fn end(
        &self,
        client_id: &str,
        subject: &LogoutSubject,
        number: NotificationNumber,
        now: DateTime<Utc>,
    ) {
        if subject.sid.is_none() {
            return self.forget(client_id, subject, number);
        }
        let (mut recent, key) = (self.lock(), key(client_id, subject));
        let ended = Some(now);
        let entry = Entry { number, ended };
        recent.notifications.insert(key.clone(), entry);
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
            && is_old(self.notifications.get(key).and_then(|entry| entry.ended))
        {
            self.drop_oldest();
        }
    }
}

fn key(client_id: &str, subject: &LogoutSubject) -> Key {
    (client_id.to_owned(), subject.clone())
}
