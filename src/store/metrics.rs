//! Metrics of the database: connections in use and failed operations.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{
    Engine, Error, Store,
    connections::{Driver, WarmPool},
};

/// The numbers of database connections of this process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// Open connections that no operation uses.
    pub idle: usize,
    /// Connections that an operation uses.
    pub used: usize,
    /// The most connections that are opened.
    pub most: usize,
}

/// The numbers of failed operations, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCounts {
    /// The engine or the connection to it failed.
    pub failed: u64,
    /// No connection was free or could be opened in time.
    pub no_connection: u64,
    /// The operation took longer than `database.timeout`.
    pub timed_out: u64,
}

/// Counts failed operations. Clones share the counters.
#[derive(Debug, Clone, Default)]
pub(super) struct StoreMetrics(Arc<FailureCounters>);

#[derive(Debug, Default)]
struct FailureCounters {
    failed: AtomicU64,
    no_connection: AtomicU64,
    timed_out: AtomicU64,
}

impl StoreMetrics {
    /// Counts the result of an operation if it is an error, and returns the result.
    pub(super) fn count<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        let counter = match &done {
            Ok(_) => return done,
            Err(Error::TimedOut) => &self.0.timed_out,
            Err(Error::Database(sqlx::Error::PoolTimedOut)) => &self.0.no_connection,
            Err(_) => &self.0.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        done
    }
}

impl Store {
    /// Returns how many connections are in use now.
    pub fn connections(&self) -> ConnectionCounts {
        match &self.engine {
            Engine::Sqlite(pool) => connections(pool),
            Engine::Postgres(servers) => {
                let of_servers = servers.pools().map(connections);
                of_servers.fold(ConnectionCounts::default(), |sum, next| ConnectionCounts {
                    idle: sum.idle + next.idle,
                    used: sum.used + next.used,
                    most: sum.most + next.most,
                })
            }
            #[cfg(feature = "simulation")]
            Engine::Simulated(_) => ConnectionCounts::default(),
        }
    }

    /// Returns how many operations have failed since the start.
    pub fn errors(&self) -> ErrorCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let FailureCounters {
            failed,
            no_connection,
            timed_out,
        } = &*self.metrics.0;
        ErrorCounts {
            failed: read(failed),
            no_connection: read(no_connection),
            timed_out: read(timed_out),
        }
    }
}

fn connections<DB: Driver>(pool: &WarmPool<DB>) -> ConnectionCounts {
    let open = usize::try_from(pool.pool().size()).unwrap_or(usize::MAX);
    // The two numbers are not read at the same moment.
    let used = pool.in_use().min(open);
    ConnectionCounts {
        idle: open - used,
        used,
        most: pool.max_connections(),
    }
}
