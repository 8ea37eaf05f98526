//! Opening a connection for an operation.

use std::io;

use sqlx::{ConnectOptions, PgConnection, Postgres};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tracing::Instrument;

use super::{Driver, PooledConnection, WarmPool};

impl<DB: Driver> WarmPool<DB> {
    /// Opens a connection in the background if the pool has none, so that operations that move to this server under load
    /// do not all wait for the first one.
    pub(in crate::store) fn warm_up(&self) {
        if self.in_use() > 0 || !self.0.lock_idle().connections.is_empty() {
            return;
        }
        let pool = self.clone();
        tokio::spawn(async move {
            if let Ok(opened) = pool.acquire().await {
                opened.release();
            }
        });
    }
}

impl WarmPool<Postgres> {
    /// Opens a connection outside the pool.
    ///
    /// # Errors
    /// No connection can be opened.
    pub(in crate::store) async fn connect_apart(&self) -> Result<PgConnection, sqlx::Error> {
        let connect = || {
            let options = self.pool().connect_options();
            async move { options.connect().await }
        };
        self.database_login().connect(self.pool(), connect).await
    }
}

impl<DB: Driver> PooledConnection<DB> {
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
        let opening = async move {
            // A network that drops packets must not hold the permit for longer than a caller waits.
            let opening = Self::open_to_the_end(&pool, permit);
            let opened = timeout(pool.acquire_timeout(), opening).await;
            opened.unwrap_or(Err(sqlx::Error::PoolTimedOut))
        };
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
        if pool.0.rules.fails_fast {
            DB::reach(&pool.pool().connect_options()).await?;
        }
        let acquire = || pool.pool().acquire();
        let connect = || pool.database_login().connect(pool.pool(), acquire);
        let (connection, checked) = pool.open(connect).await?;
        if let Err(fault) = checked {
            drop(connection.detach());
            return Err(sqlx::Error::Io(io::Error::other(fault)));
        }
        Ok(Self::opened(connection, pool, permit))
    }
}
