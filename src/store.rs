//! The store: users, accounts and credentials, in SQLite or PostgreSQL.
//!
//! One SQL text serves both engines; the two differ in the type of their pool alone.
//! Never a session, a refresh token, a verification token or a pending sign-up.

mod accounts;
mod credentials;
mod engine;
mod schema;
mod statements;
mod tally;
mod users;

use std::time::Duration;

use sqlx::{Connection, Database, PgPool, Pool, SqlitePool, pool::PoolConnection};
use tokio::runtime::Handle;

use self::tally::Tally;

pub use self::{
    engine::InvalidUrl,
    schema::Schema,
    statements::ALL as STATEMENTS,
    tally::{Connections, Errors},
    users::{Created, NewUser, WithPassword, change::Edit},
};

/// Runs one closure-shaped body on a connection of whichever engine this store has, within the time
/// that an operation may take.
macro_rules! on {
    ($store:expr, |$db:ident| $body:expr) => {
        match &$store.engine {
            crate::store::Engine::Sqlite(pool) => on!($store, pool, $db, $body),
            crate::store::Engine::Postgres(pool) => on!($store, pool, $db, $body),
        }
    };
    ($store:expr, $pool:expr, $db:ident, $body:expr) => {{
        let done = async {
            let mut connection = crate::store::InUse::acquire($pool).await?;
            let work = async {
                let $db = connection.get()?;
                $body
            };
            match tokio::time::timeout($store.timeout, work).await {
                Ok(result) => {
                    connection.give_back();
                    result.map_err(crate::store::Error::from)
                }
                Err(_) => {
                    connection.close();
                    Err(crate::store::Error::TimedOut)
                }
            }
        }
        .await;
        $store.tally.count(done)
    }};
}
pub(crate) use on;

/// A cheap handle on the database.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    timeout: Duration,
    tally: Tally,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What went wrong with the database. Always our trouble.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operation took longer than `database.timeout`.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The engine or the connection to it failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The schema is older or newer than this program.
    #[error("{0}")]
    Schema(String),
}

/// A connection in the midst of something.
///
/// Whoever gives up half-way, by a time-out or because the client has hung up, may leave a
/// connection that never answers again. The pool would wait for it, without end, before it opened
/// another; so it goes back only if it still answers, and is closed otherwise.
struct InUse<DB: Database>(Option<PoolConnection<DB>>);

/// How long a connection may take to show that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

impl<DB: Database> InUse<DB> {
    async fn acquire(pool: &Pool<DB>) -> Result<Self, sqlx::Error> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    fn get(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    fn give_back(&mut self) {
        self.0 = None;
    }

    fn close(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

impl<DB: Database> Drop for InUse<DB> {
    fn drop(&mut self) {
        let Some(mut connection) = self.0.take() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            drop(connection.detach());
            return;
        };
        runtime.spawn(async move {
            let lives = tokio::time::timeout(SIGN_OF_LIFE, connection.ping()).await;
            if !matches!(lives, Ok(Ok(()))) {
                drop(connection.detach());
            }
        });
    }
}
