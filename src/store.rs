//! The store: users, accounts and credentials, in SQLite or PostgreSQL.
//!
//! One SQL text serves both engines, which differ only in the type of their pool. Sessions, refresh
//! tokens, verification tokens and pending sign-ups are never stored.

mod accounts;
mod connections;
mod credentials;
mod engine;
mod epoch;
mod export;
mod factors;
mod failure;
mod file;
mod import;
mod metrics;
mod operation;
mod passkeys;
mod postgres_options;
mod schema;
mod sealed_passwords;
mod servers;
#[cfg(feature = "simulation")]
pub mod simulated;
mod statements;
mod suitability;
mod unprepared;
mod users;

use std::{sync::Arc, time::Duration};

use sqlx::Sqlite;

pub use self::{
    accounts::LinkOutcome,
    export::ExportedUser,
    factors::{FactorChange, StoredFactor, TotpRow, UserWithFactors},
    import::{AccountOwner, ImportedRows, KnownUser},
    metrics::{ConnectionCounts, ErrorCounts},
    passkeys::{PasskeyRow, UserWithPasskeys},
    postgres_options::InvalidDatabaseUrl,
    schema::SchemaState,
    sealed_passwords::PasswordRow,
    servers::{DatabaseServer, ReplicationStatus, RetryCounts, ServerRole},
    statements::ALL as STATEMENTS,
    users::{
        CreateOutcome, NewUser, UserWithPassword,
        change::ProfileEdit,
        email::EmailChangeOutcome,
        filter::{EmailFilter, LikePattern, UserFilter},
        links::{RemovedMethods, RemovedProviders},
    },
};
use self::{
    connections::WarmPool,
    metrics::StoreMetrics,
    operation::{change_one, change_row, on, read, simulated, transaction},
    servers::{PostgresServers, RetryCounters},
};

/// A handle to the database that is cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    timeout: Duration,
    metrics: StoreMetrics,
    retries: Arc<RetryCounters>,
    /// The pattern of usable passkeys. None is usable without it.
    passkeys: Option<LikePattern>,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(WarmPool<Sqlite>),
    Postgres(PostgresServers),
    #[cfg(feature = "simulation")]
    Simulated(simulated::SimulatedServers),
}

/// A failure of the database. The server is at fault, never the client.
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
    /// The path of the database leads to another file than the open one, or to no file.
    #[error("{0}; restart the service")]
    File(String),
    /// The database, or a pooler before it, cannot serve Signet. The text names the cause and the remedy.
    #[error("{0}")]
    Unsuitable(String),
    /// One of several servers cannot serve Signet. The text names the setting, the server and the remedy.
    #[error("{0}")]
    Server(String),
}

impl Error {
    /// Returns the error with its cause.
    pub fn with_cause(&self) -> String {
        match self {
            Self::Database(error) => format!("{self}: {}", failure::cause(error)),
            _ => self.to_string(),
        }
    }

    /// Returns what an operator can do about a PostgreSQL server that cannot be used at the start.
    pub fn next_step(&self) -> Option<&'static str> {
        failure::next_step(self)
    }
}
