//! The connections that wait for their next use.

use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;

use super::Driver;

/// The idle connections and the rules for their next use.
#[derive(Debug)]
pub(super) struct IdleConnections<DB: Driver> {
    /// In the order of their last use.
    pub(super) connections: Vec<IdleConnection<DB>>,
    /// Connections opened up to this moment are closed.
    pub(super) close_opened_until: Option<Instant>,
    /// Connections last used up to this moment are checked before their next use.
    pub(super) check_used_until: Option<Instant>,
    /// Connections that were idle for at least this time are checked before their next use.
    pub(super) check_idle_for: Option<Duration>,
}

/// An idle connection and the times of its opening and last use.
#[derive(Debug)]
pub(super) struct IdleConnection<DB: Driver> {
    pub(super) connection: PoolConnection<DB>,
    pub(super) opened: Instant,
    pub(super) used: Instant,
}

/// An idle connection that was taken for the next operation.
pub(super) struct TakenConnection<DB: Driver> {
    pub(super) idle: IdleConnection<DB>,
    /// `true` if the connection must be checked before use.
    pub(super) needs_check: bool,
}

impl<DB: Driver> IdleConnection<DB> {
    /// Closes the connection without the protocol's closing message, which a dead peer would never answer.
    pub(super) fn close(self) {
        drop(self.connection.detach());
    }
}
