//! A connection while an operation uses it.

use std::{
    io,
    time::{Duration, Instant},
};

use sqlx::pool::PoolConnection;
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit};
use tracing::Instrument;

use super::{CHECK_TIMEOUT, Driver, IdleConnection, WarmPool};
use crate::store::failure::{ConnectionFate, OperationFailure};

/// A connection that one operation uses.
///
/// An operation that is cancelled, by a time-out or because the client has hung up, may leave a connection
/// that never answers again. On drop the connection is reset, and kept only if it still answers.
pub(in crate::store) struct PooledConnection<DB: Driver> {
    connection: Option<PoolConnection<DB>>,
    opened: Instant,
    /// The idle time of the connection before the operation. `None` if it was opened for this operation.
    idle_for: Option<Duration>,
    pool: WarmPool<DB>,
    /// Released last, after the connection is idle again and the next operation can find it.
    permit: Option<OwnedSemaphorePermit>,
    /// `true` if the operation was cancelled and the connection is being reset.
    is_resetting: bool,
}

impl<DB: Driver> PooledConnection<DB> {
    pub(super) fn from_idle(
        idle: IdleConnection<DB>,
        pool: &WarmPool<DB>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            connection: Some(idle.connection),
            opened: idle.opened,
            idle_for: Some(idle.used.elapsed()),
            pool: pool.clone(),
            permit: Some(permit),
            is_resetting: false,
        }
    }

    /// Opens a connection.
    ///
    /// A caller that gives up meanwhile leaves the connection to the next operation. After an outage under load the
    /// oldest caller always has less time left than a connection takes, so that otherwise none would ever be opened.
    ///
    /// # Errors
    /// No connection can be opened, or it has another file open than this process.
    pub(super) async fn open(
        pool: &WarmPool<DB>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, sqlx::Error> {
        let pool = pool.clone();
        let opening = async move { Self::open_to_the_end(&pool, permit).await };
        match tokio::spawn(opening.in_current_span()).await {
            Ok(opened) => opened,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(sqlx::Error::PoolClosed),
            },
        }
    }

    async fn open_to_the_end(
        pool: &WarmPool<DB>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, sqlx::Error> {
        let connect = || pool.database_login().connect(pool.pool());
        let (connection, checked) = pool.open(connect).await?;
        if let Err(fault) = checked {
            drop(connection.detach());
            return Err(sqlx::Error::Io(io::Error::other(fault)));
        }
        Ok(Self {
            connection: Some(connection),
            opened: Instant::now(),
            idle_for: None,
            pool: pool.clone(),
            permit: Some(permit),
            is_resetting: false,
        })
    }

    pub(in crate::store) fn get(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.connection
            .as_deref_mut()
            .ok_or(sqlx::Error::PoolClosed)
    }

    /// Resets the connection. Returns whether it answers within `limit`.
    pub(super) async fn answers_within(&mut self, limit: Duration) -> bool {
        let Ok(connection) = self.get() else {
            return false;
        };
        let reset = tokio::time::timeout(limit, DB::reset(connection)).await;
        matches!(reset, Ok(Ok(())))
    }

    pub(super) fn idle_for(&self) -> Option<Duration> {
        self.idle_for
    }

    /// Keeps a connection that has just answered for the next operation.
    pub(in crate::store) fn release(mut self) {
        self.return_to_pool();
    }

    /// Handles the failure of an operation. Returns a new connection if the operation can be repeated on it:
    /// the failed connection is at fault, was idle before, and no statement that changes anything was sent.
    ///
    /// # Errors
    /// No new connection can be opened.
    pub(in crate::store) async fn handle_failure(
        self,
        failure: &OperationFailure,
        only_reads: bool,
    ) -> Result<Option<Self>, sqlx::Error> {
        let fate = ConnectionFate::of(&failure.error);
        let fate = self.pool.0.apply(fate, self.idle_for);
        if fate == ConnectionFate::Keep {
            // The drop of the connection resets it before it is kept.
            return Ok(None);
        }
        if self.idle_for.is_some() && (only_reads || failure.unsent) {
            tracing::info!(cause = %failure.error, "reopened a database connection");
            return self.reopen().await.map(Some);
        }
        self.close();
        Ok(None)
    }

    /// Closes this connection and opens another with its permit.
    pub(super) async fn reopen(mut self) -> Result<Self, sqlx::Error> {
        self.detach();
        let permit = self.permit.take().ok_or(sqlx::Error::PoolClosed)?;
        Self::open(&self.pool, permit).await
    }

    /// Closes a connection that has not answered in time. The others are checked before their next use.
    pub(in crate::store) fn close_after_timeout(self) {
        self.pool.0.apply(ConnectionFate::Close, None);
        self.close();
    }

    pub(in crate::store) fn close(mut self) {
        self.detach();
    }

    fn detach(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }

    /// Keeps the connection after an operation that succeeded, and closes it after one that failed.
    pub(in crate::store) fn close_unless(self, succeeded: bool) {
        if succeeded {
            self.release();
        } else {
            self.close();
        }
    }

    fn return_to_pool(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.0.put_back(IdleConnection {
                connection,
                opened: self.opened,
                used: Instant::now(),
            });
        }
    }
}

impl<DB: Driver> Drop for PooledConnection<DB> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        // A runtime that shuts down drops the task that resets the connection.
        let runtime = (!self.is_resetting).then(Handle::try_current);
        let Some(Ok(runtime)) = runtime else {
            drop(connection.detach());
            return;
        };
        let mut cancelled = Self {
            connection: Some(connection),
            opened: self.opened,
            idle_for: self.idle_for,
            pool: self.pool.clone(),
            permit: self.permit.take(),
            is_resetting: true,
        };
        runtime.spawn(async move {
            if cancelled.answers_within(CHECK_TIMEOUT).await {
                cancelled.return_to_pool();
            } else {
                cancelled.close();
            }
        });
    }
}
