//! A connection while an operation uses it.

use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit};

use super::{CHECK_TIMEOUT, Driver, IdleConnection, Statements, WarmPool};
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
    /// `true` while a transaction of [`Self::begin_implicit`] is open, which the reset would not notice.
    has_begun: bool,
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
            has_begun: false,
        }
    }

    /// A connection that was opened for an operation.
    pub(super) fn opened(
        connection: PoolConnection<DB>,
        pool: &WarmPool<DB>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            connection: Some(connection),
            opened: Instant::now(),
            idle_for: None,
            pool: pool.clone(),
            permit: Some(permit),
            is_resetting: false,
            has_begun: false,
        }
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

    /// Returns how long the connection was idle before. `None` if it was opened for this operation.
    pub(in crate::store) fn idle_for(&self) -> Option<Duration> {
        self.idle_for
    }

    /// Keeps a connection that has just answered for the next operation.
    pub(in crate::store) fn release(mut self) {
        self.return_to_pool();
    }

    /// Returns whether statements are prepared under names.
    pub(in crate::store) fn has_statement_names(&self) -> bool {
        self.pool.has_statement_names()
    }

    /// Returns the statements of an operation.
    ///
    /// # Errors
    /// The connection is closed.
    pub(in crate::store) fn statements(&mut self) -> Result<Statements<'_, DB>, sqlx::Error> {
        let is_named = self.pool.has_statement_names();
        Ok(Statements::new(self.get()?, is_named))
    }

    /// Begins a transaction if statements have no names and the operation does not begin one itself.
    ///
    /// # Errors
    /// The connection fails.
    pub(in crate::store) async fn begin_implicit(
        &mut self,
        begins: bool,
    ) -> Result<(), OperationFailure> {
        if begins || self.pool.has_statement_names() {
            return Ok(());
        }
        self.has_begun = true;
        let connection = self.get().map_err(OperationFailure::before_sending)?;
        let begun = DB::run(connection, "BEGIN").await;
        begun.map_err(OperationFailure::before_sending)
    }

    /// Ends the transaction that [`Self::begin_implicit`] has begun, and returns the outcome of the operation.
    ///
    /// # Errors
    /// The operation failed, or its transaction was not committed.
    pub(in crate::store) async fn end_implicit<T, E: Into<OperationFailure>>(
        &mut self,
        begins: bool,
        outcome: Result<T, E>,
    ) -> Result<T, OperationFailure> {
        if begins || self.pool.has_statement_names() {
            return outcome.map_err(Into::into);
        }
        let end = if outcome.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        let ended = DB::run(self.get()?, end).await;
        self.has_begun = ended.is_err();
        let done = outcome.map_err(Into::into)?;
        ended?;
        Ok(done)
    }

    /// Applies the consequences of an error to the other connections of the pool. Returns the fate of this one.
    pub(in crate::store) fn fate_of(&self, error: &sqlx::Error) -> ConnectionFate {
        self.pool.0.apply(ConnectionFate::of(error), self.idle_for)
    }

    /// Returns whether the connection belongs to this pool.
    pub(in crate::store) fn is_of(&self, pool: &WarmPool<DB>) -> bool {
        self.pool.is(pool)
    }

    /// Closes this connection and opens another with its permit.
    pub(in crate::store) async fn reopen(mut self) -> Result<Self, sqlx::Error> {
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
        let can_be_reset = !self.is_resetting && !self.has_begun;
        let runtime = can_be_reset.then(Handle::try_current);
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
            has_begun: false,
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
