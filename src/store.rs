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
mod operation;
mod postgres_options;
mod schema;
mod statements;
mod suitability;
mod tally;
mod users;

use std::time::Duration;

use sqlx::{Postgres, Sqlite};

pub use self::{
    accounts::Linked,
    postgres_options::InvalidUrl,
    schema::Schema,
    statements::ALL as STATEMENTS,
    tally::{Connections, Errors},
    users::{
        Created, NewUser, WithPassword,
        change::Edit,
        links::{Readdressed, Removed},
    },
};
use self::{
    connections::Reserve,
    operation::{change_one, change_row, on, read, transaction},
    tally::Tally,
};

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
