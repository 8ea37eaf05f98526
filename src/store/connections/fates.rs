//! The consequences of an error for the other connections of a pool.

use std::time::{Duration, Instant};

use super::{Driver, WarmPoolInner};
use crate::store::failure::ConnectionFate;

/// The shortest idle time that can be the cause of a lost connection. Busy connections are not checked.
const MIN_CHECKED_IDLE: Duration = Duration::from_secs(1);

/// The least time between two replacements of all connections because none of them accepts writes.
const READ_ONLY_REPLACE_INTERVAL: Duration = Duration::from_secs(1);

impl<DB: Driver> WarmPoolInner<DB> {
    /// Applies the consequences of an error to all other connections. Returns the fate of the connection that
    /// met the error after it was idle for `idle_for`.
    pub(super) fn apply(&self, fate: ConnectionFate, idle_for: Option<Duration>) -> ConnectionFate {
        let now = Instant::now();
        let mut locked = self.lock_idle();
        match fate {
            ConnectionFate::Keep => return ConnectionFate::Keep,
            ConnectionFate::Close => {
                locked.check_used_until = Some(now);
                // The connection was lost at some time while it was idle.
                if let Some(idle_for) = idle_for.filter(|idle| *idle >= MIN_CHECKED_IDLE) {
                    let limit = (idle_for / 2).max(MIN_CHECKED_IDLE);
                    let known = locked.check_idle_for.unwrap_or(limit);
                    locked.check_idle_for = Some(limit.min(known));
                }
                return ConnectionFate::Close;
            }
            ConnectionFate::ReadOnly => {
                let last = locked.close_opened_until;
                if last.is_some_and(|at| now.duration_since(at) < READ_ONLY_REPLACE_INTERVAL) {
                    // With one server, a new connection would accept no writes either.
                    let has_others = self.rules.has_other_candidates;
                    return if has_others {
                        ConnectionFate::Close
                    } else {
                        ConnectionFate::Keep
                    };
                }
            }
            ConnectionFate::CloseOlder => {}
        }
        locked.close_opened_until = Some(now);
        drop(locked);
        self.close_idle();
        ConnectionFate::CloseOlder
    }

    /// Raises the idle time from which connections are checked, after a connection passed its check.
    pub(super) fn raise_check_threshold(&self, idle_for: Option<Duration>) {
        let mut locked = self.lock_idle();
        locked.check_idle_for = locked
            .check_idle_for
            .max(idle_for.filter(|_| locked.check_idle_for.is_some()));
    }
}
