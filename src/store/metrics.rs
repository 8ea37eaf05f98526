//! What an operator wants to know of a database: how busy its connections are, what failed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    Engine, Error, Store,
    connections::{Driver, WarmPool},
};

/// The connections of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// Open, with nothing to do.
    pub idle: usize,
    /// In the midst of something.
    pub used: usize,
    /// The most that will be opened.
    pub most: usize,
}

/// How many operations failed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCounts {
    /// The engine or the connection to it failed.
    pub failed: u64,
    /// No connection was free, or could be opened, in time.
    pub no_connection: u64,
    /// The operation took too long.
    pub timed_out: u64,
}

/// Counts failures.
#[derive(Debug, Clone, Default)]
pub(super) struct StoreMetrics(Arc<FailureCounters>);

#[derive(Debug, Default)]
struct FailureCounters {
    failed: AtomicU64,
    no_connection: AtomicU64,
    timed_out: AtomicU64,
}

impl StoreMetrics {
    /// Hands on what came of an operation.
    pub(super) fn count<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        let counter = match &done {
            Ok(_) => return done,
            Err(Error::TimedOut) => &self.0.timed_out,
            Err(Error::Database(sqlx::Error::PoolTimedOut)) => &self.0.no_connection,
            Err(Error::Database(_) | Error::Schema(_) | Error::File(_) | Error::Unsuitable(_)) => {
                &self.0.failed
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        done
    }
}

impl Store {
    /// How its connections are used at the moment.
    pub fn connections(&self) -> ConnectionCounts {
        match &self.engine {
            Engine::Sqlite(pool) => connections(pool),
            Engine::Postgres(pool) => connections(pool),
        }
    }

    /// What has failed so far.
    pub fn errors(&self) -> ErrorCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let FailureCounters {
            failed,
            no_connection,
            timed_out,
        } = &*self.tally.0;
        ErrorCounts {
            failed: read(failed),
            no_connection: read(no_connection),
            timed_out: read(timed_out),
        }
    }
}

fn connections<DB: Driver>(reserve: &WarmPool<DB>) -> ConnectionCounts {
    let open = usize::try_from(reserve.pool().size()).unwrap_or(usize::MAX);
    // Not read in one moment.
    let used = reserve.used().min(open);
    ConnectionCounts {
        idle: open - used,
        used,
        most: reserve.max_connections(),
    }
}
