//! The store: users, accounts and credentials, in SQLite or PostgreSQL.
//!
//! One SQL text serves both engines; the two differ in the type of their pool alone.
//! Never a session, a refresh token, a verification token or a pending sign-up.

mod accounts;
mod connections;
mod credentials;
mod engine;
mod epoch;
mod failure;
mod file;
mod metrics;
mod operation;
mod postgres_options;
mod schema;
mod statements;
mod suitability;
mod users;

use std::time::Duration;

use sqlx::{Postgres, Sqlite};

pub use self::{
    accounts::LinkOutcome,
    metrics::{ConnectionCounts, ErrorCounts},
    postgres_options::InvalidDatabaseUrl,
    schema::SchemaState,
    statements::ALL as STATEMENTS,
    users::{
        CreateOutcome, NewUser, UserWithPassword,
        change::ProfileEdit,
        links::{EmailChangeOutcome, RemovedProviders},
    },
};
use self::{
    connections::WarmPool,
    metrics::StoreMetrics,
    operation::{change_one, change_row, on, read, transaction},
};

/// A cheap handle on the database.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    timeout: Duration,
    tally: StoreMetrics,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(WarmPool<Sqlite>),
    Postgres(WarmPool<Postgres>),
}

/// What went wrong with the database. Always our trouble.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operation took longer than `database.timeout`.
    #[error("the database did not respond in time")]
    TimedOut,
    /// The engine or the connection to it failed.
    #[error("the database failed{}", failure::remedy(.0))]
    Database(#[from] sqlx::Error),
    /// The schema is older or newer than this program.
    #[error("{0}")]
    Schema(String),
    /// The path of the database leads to another file than the one that is open, or to none.
    #[error("{0}; restart the service")]
    File(String),
    /// The database, or a pooler before it, cannot serve Signet. Says why, and the remedy.
    #[error("{0}")]
    Unsuitable(String),
}
