//! A connection while an operation uses it.

use std::{
    io,
    time::{Duration, Instant},
};

use sqlx::pool::PoolConnection;
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit};

use super::{Driver, IdleConnection, SIGN_OF_LIFE, WarmPool, open_unlocked};
use crate::store::failure::{ConnectionFate, OperationFailure};

/// A connection in the midst of something.
///
/// An operation that is given up half-way, by a time-out or because the client has hung up, may leave
/// a connection that never answers again. It is kept only if it still answers, and closed otherwise.
pub(in crate::store) struct PooledConnection<DB: Driver> {
    connection: Option<PoolConnection<DB>>,
    opened: Instant,
    /// How long the connection had been kept unused. `None` if it was opened for this operation.
    rested: Option<Duration>,
    home: WarmPool<DB>,
    /// Given up last, when the connection is where the next one finds it.
    place: Option<OwnedSemaphorePermit>,
    /// Whether it was given up, and is about to be kept or closed.
    is_settling: bool,
}

impl<DB: Driver> PooledConnection<DB> {
    pub(super) fn kept(
        kept: IdleConnection<DB>,
        home: &WarmPool<DB>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            connection: Some(kept.connection),
            opened: kept.opened,
            rested: Some(kept.used.elapsed()),
            home: home.clone(),
            place: Some(place),
            is_settling: false,
        }
    }

    /// Opens a connection.
    pub(super) async fn open(
        home: &WarmPool<DB>,
        place: OwnedSemaphorePermit,
    ) -> Result<Self, sqlx::Error> {
        let before = match home.file() {
            Some(file) => file.before_opening().await,
            None => None,
        };
        let connection = open_unlocked(home.0.patience, || {
            home.database_login().connect(home.pool())
        })
        .await?;
        if let Some(file) = home.file()
            && let Err(fault) = file.opened(before).await
        {
            drop(connection.detach());
            return Err(sqlx::Error::Io(io::Error::other(fault)));
        }
        Ok(Self {
            connection: Some(connection),
            opened: Instant::now(),
            rested: None,
            home: home.clone(),
            place: Some(place),
            is_settling: false,
        })
    }

    pub(in crate::store) fn get(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.connection
            .as_deref_mut()
            .ok_or(sqlx::Error::PoolClosed)
    }

    /// Whether the connection still answers, within that time.
    pub(super) async fn is_alive(&mut self, limit: Duration) -> bool {
        let Ok(connection) = self.get() else {
            return false;
        };
        let settled = tokio::time::timeout(limit, DB::settle(connection)).await;
        matches!(settled, Ok(Ok(())))
    }

    pub(super) fn is_idle(&self) -> Option<Duration> {
        self.rested
    }

    /// Keeps a connection that has just answered, for the next operation.
    pub(in crate::store) fn keep(mut self) {
        self.put_back();
    }

    /// The operation failed. Gives a new connection if it can be repeated on one: the connection is
    /// at fault, had been kept, and no statement that changes anything was sent.
    ///
    /// # Errors
    /// No new connection can be opened.
    pub(in crate::store) async fn failed(
        self,
        failure: &OperationFailure,
        only_reads: bool,
    ) -> Result<Option<Self>, sqlx::Error> {
        let fate = self
            .home
            .0
            .judged(ConnectionFate::of(&failure.error), self.rested);
        if fate == ConnectionFate::Keep {
            // Dropping the connection settles it before it is kept.
            return Ok(None);
        }
        if self.rested.is_some() && (only_reads || failure.unsent) {
            tracing::info!(cause = %failure.error, "reopened a database connection");
            return self.reopened().await.map(Some);
        }
        self.close();
        Ok(None)
    }

    /// A new connection in the place of this one.
    pub(super) async fn reopened(mut self) -> Result<Self, sqlx::Error> {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
        let place = self.place.take().ok_or(sqlx::Error::PoolClosed)?;
        Self::open(&self.home, place).await
    }

    /// It has not answered in time. The others may not answer either.
    pub(in crate::store) fn timed_out(self) {
        self.home.0.judged(ConnectionFate::Close, None);
        self.close();
    }

    pub(in crate::store) fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }

    /// Keeps the connection after an operation that succeeded, and closes it after one that failed.
    pub(in crate::store) fn close_unless(self, succeeded: bool) {
        if succeeded {
            self.keep();
        } else {
            self.close();
        }
    }

    fn put_back(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.0.keep(IdleConnection {
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
        // A runtime that shuts down drops the task that settles it.
        let runtime = (!self.is_settling).then(Handle::try_current);
        let Some(Ok(runtime)) = runtime else {
            drop(connection.detach());
            return;
        };
        let mut given_up = Self {
            connection: Some(connection),
            opened: self.opened,
            rested: self.rested,
            home: self.home.clone(),
            place: self.place.take(),
            is_settling: true,
        };
        runtime.spawn(async move {
            if given_up.is_alive(SIGN_OF_LIFE).await {
                given_up.put_back();
            } else {
                given_up.close();
            }
        });
    }
}
