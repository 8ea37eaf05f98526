//! Opening a database.

use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::Path, str::FromStr};

use secrecy::ExposeSecret;
use sqlx::{
    Database, Pool,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{Engine, Error, Store, on};
use crate::config;

/// A database URL that cannot be read. Does not quote it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a sqlite: or postgres:// URL")]
pub struct InvalidUrl;

impl Store {
    /// Prepares a store. Connections are opened when they are first needed.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn new(settings: &config::Database) -> Result<Self, InvalidUrl> {
        let url = settings.url.expose_secret();
        let engine = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(|_| InvalidUrl)?;
            Engine::Sqlite(pool(settings, sqlite_defaults(options, settings)))
        } else {
            let options = PgConnectOptions::from_str(url).map_err(|_| InvalidUrl)?;
            Engine::Postgres(pool(settings, options.application_name("signet")))
        };
        Ok(Self {
            engine,
            timeout: settings.timeout,
        })
    }

    /// What the engine is called.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "SQLite",
            Engine::Postgres(_) => "PostgreSQL",
        }
    }

    /// Makes the database file of SQLite, readable by its owner alone, where there is none yet.
    /// Says whether it did.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create_file(&self) -> io::Result<bool> {
        let Engine::Sqlite(pool) = &self.engine else {
            return Ok(false);
        };
        let options = pool.connect_options();
        let path = options.get_filename();
        if is_in_memory(path) {
            return Ok(false);
        }
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
        {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        on!(self, |db| sqlx::query("SELECT 1")
            .execute(db)
            .await
            .map(drop))
    }

    /// Closes every connection, once what they do is done.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(pool) => pool.close().await,
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

fn is_in_memory(path: &Path) -> bool {
    path.as_os_str() == ":memory:" || path.to_string_lossy().starts_with("file:")
}

/// Safe against power loss, not only against a crash: a revoked session must not come back.
///
/// SQLite waits less for another process's write than we wait for SQLite, so that what is answered
/// as failed does not happen after all.
fn sqlite_defaults(
    options: SqliteConnectOptions,
    settings: &config::Database,
) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(settings.timeout / 2)
        .optimize_on_close(false, None)
}

/// Connections are not asked whether they live before each use: that would double the cost of a
/// read. One that has died answers a single request with our trouble and is replaced.
fn pool<DB: Database>(
    settings: &config::Database,
    options: <DB::Connection as sqlx::Connection>::Options,
) -> Pool<DB> {
    PoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.timeout)
        .test_before_acquire(false)
        .connect_lazy_with(options)
}
