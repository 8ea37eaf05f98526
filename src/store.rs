//! The store: users, accounts and credentials, in SQLite or PostgreSQL.
//!
//! One SQL text serves both engines; the two differ in the type of their pool alone.
//! Never a session, a refresh token, a verification token or a pending sign-up.

mod accounts;
mod credentials;
mod engine;
mod schema;
mod statements;
mod users;

use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

pub use self::{
    engine::InvalidUrl,
    schema::Schema,
    statements::ALL as STATEMENTS,
    users::{Created, NewUser, WithPassword},
};

/// Runs one closure-shaped body with a connection of whichever engine this store has, within the
/// time that an operation may take.
macro_rules! on {
    ($store:expr, |$db:ident| $body:expr) => {{
        let work = async {
            match &$store.engine {
                crate::store::Engine::Sqlite($db) => $body,
                crate::store::Engine::Postgres($db) => $body,
            }
        };
        match tokio::time::timeout($store.timeout, work).await {
            Ok(result) => result.map_err(crate::store::Error::from),
            Err(_) => Err(crate::store::Error::TimedOut),
        }
    }};
}
pub(crate) use on;

/// A cheap handle on the database.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    timeout: Duration,
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
