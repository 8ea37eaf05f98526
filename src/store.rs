//! The store: users, accounts and credentials, in SQLite or PostgreSQL.
//!
//! One SQL text serves both engines; the two differ in the type of their pool alone.
//! Never a session, a refresh token, a verification token or a pending sign-up.

mod accounts;
mod connections;
mod credentials;
mod engine;
mod schema;
mod statements;
mod suitability;
mod tally;
mod users;

use std::time::Duration;

use sqlx::{Postgres, Sqlite};

pub use self::{
    accounts::Linked,
    engine::InvalidUrl,
    schema::Schema,
    statements::ALL as STATEMENTS,
    tally::{Connections, Errors},
    users::{
        Created, NewUser, WithPassword,
        change::Edit,
        links::{Readdressed, Removed},
    },
};
use self::{connections::Reserve, tally::Tally};

/// Runs one closure-shaped body on a connection of whichever engine this store has, within the time
/// that an operation may take. A body that comes to its end has ended its transaction too: whoever
/// comes next uses the connection as it is.
macro_rules! on {
    ($store:expr, |$db:ident| $body:expr) => {
        match &$store.engine {
            crate::store::Engine::Sqlite(pool) => crate::store::on!($store, pool, $db, $body),
            crate::store::Engine::Postgres(pool) => crate::store::on!($store, pool, $db, $body),
        }
    };
    ($store:expr, $pool:expr, $db:ident, $body:expr) => {{
        let done = async {
            let mut connection = $pool.acquire().await?;
            let work = async {
                let $db = connection.get()?;
                $body
            };
            match tokio::time::timeout($store.timeout, work).await {
                Ok(Ok(done)) => {
                    connection.keep();
                    Ok(done)
                }
                Ok(Err(error)) => {
                    connection.give_back();
                    Err(crate::store::Error::from(error))
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

/// Runs one statement that changes a single row or none, and says whether it did.
macro_rules! changes_one {
    ($store:expr, $statement:expr, $($value:expr),+) => {
        crate::store::on!($store, |db| sqlx::query($statement)
            $(.bind($value))+
            .execute(db)
            .await
            .map(|done| done.rows_affected() == 1))
    };
}
use changes_one;

/// A cheap handle on the database.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    timeout: Duration,
    tally: Tally,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(Reserve<Sqlite>),
    Postgres(Reserve<Postgres>),
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
    /// The database, or a pooler before it, cannot serve Signet. Says why, and the remedy.
    #[error("{0}")]
    Unsuitable(String),
}
