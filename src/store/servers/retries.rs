//! The repetition of an operation that failed without an effect.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::time::sleep;

use super::Servers;
use crate::store::{
    connections::PooledConnection,
    failure::{Conflict, ConnectionFate, OperationFailure},
};

/// The most repetitions of an operation because of conflicts with others.
const MAX_CONFLICTS: u32 = 3;

/// The longest pause before the first repetition after a conflict. Each further one may take twice as long.
const CONFLICT_PAUSE: Duration = Duration::from_millis(20);

/// The numbers of repeated operations since the start, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryCounts {
    /// The transaction could not be serialized (SQLSTATE 40001).
    pub serialization: u64,
    /// The transaction was chosen to end a deadlock (SQLSTATE 40P01).
    pub deadlock: u64,
    /// The server accepted no writes (SQLSTATE 25006).
    pub read_only: u64,
    /// The connection was lost.
    pub connection: u64,
}

/// The counters of repeated operations.
#[derive(Debug, Default)]
pub(in crate::store) struct RetryCounters {
    serialization: AtomicU64,
    deadlock: AtomicU64,
    read_only: AtomicU64,
    connection: AtomicU64,
}

impl RetryCounters {
    pub(in crate::store) fn read(&self) -> RetryCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RetryCounts {
            serialization: read(&self.serialization),
            deadlock: read(&self.deadlock),
            read_only: read(&self.read_only),
            connection: read(&self.connection),
        }
    }
}

/// The repetitions of one operation.
#[derive(Debug)]
pub(in crate::store) struct Retries<'c> {
    counters: &'c RetryCounters,
    only_reads: bool,
    conflicts: u32,
    has_moved: bool,
}

impl<'c> Retries<'c> {
    pub(in crate::store) fn new(counters: &'c RetryCounters, only_reads: bool) -> Self {
        Self {
            counters,
            only_reads,
            conflicts: 0,
            has_moved: false,
        }
    }

    /// Handles the failure of an attempt. Returns the connection for the next attempt, or `None` if the operation
    /// must not be repeated.
    ///
    /// A transaction that lost against another is repeated up to three times. An operation whose connection failed is
    /// repeated once, on another server if there is one, provided that it changed nothing: it only reads, no statement
    /// that changes anything was sent, or the server refused to write.
    ///
    /// # Errors
    /// The operation could be repeated, but no server can be used.
    pub(in crate::store) async fn after<S: Servers>(
        &mut self,
        servers: &S,
        connection: PooledConnection<S::Db>,
        failure: &OperationFailure,
    ) -> Result<Option<PooledConnection<S::Db>>, sqlx::Error> {
        if let Some(conflict) = Conflict::of(&failure.error) {
            // The drop of the connection resets it before it is kept.
            drop(connection);
            if self.conflicts == MAX_CONFLICTS {
                return Ok(None);
            }
            self.count_conflict(conflict);
            sleep(pause(self.conflicts)).await;
            return servers.acquire().await.map(Some);
        }
        let fate = connection.fate_of(&failure.error);
        if fate == ConnectionFate::Keep {
            return Ok(None);
        }
        let refuses_writes = ConnectionFate::of(&failure.error) == ConnectionFate::ReadOnly;
        servers.suspect(&connection, refuses_writes);
        let is_unchanged = self.only_reads || failure.unsent || refuses_writes;
        // A connection that was just opened to the only server would fail again.
        let may_differ = connection.idle_for().is_some() || servers.has_others();
        if self.has_moved || !is_unchanged || !may_differ {
            connection.close();
            return Ok(None);
        }
        self.has_moved = true;
        let counters = self.counters;
        let counter = if refuses_writes {
            &counters.read_only
        } else {
            &counters.connection
        };
        counter.fetch_add(1, Ordering::Relaxed);
        tracing::info!(cause = %failure.error, "repeating a database operation on another connection");
        servers.acquire_after(connection).await.map(Some)
    }

    fn count_conflict(&mut self, conflict: Conflict) {
        self.conflicts += 1;
        let counter = match conflict {
            Conflict::Serialization => &self.counters.serialization,
            Conflict::Deadlock => &self.counters.deadlock,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns a pause of random length, so that two operations that conflicted do not meet again.
fn pause(conflicts: u32) -> Duration {
    let longest = CONFLICT_PAUSE * 2_u32.pow(conflicts.saturating_sub(1));
    // Every state has other keys.
    let random = RandomState::new().hash_one(conflicts) % 1000;
    longest.mul_f64(f64::from(u16::try_from(random).unwrap_or_default()) / 1000.0)
}
