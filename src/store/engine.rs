//! Opening a database.

use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::PathBuf, str::FromStr};

use sqlx::{
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    Engine, Store, StoreMetrics,
    connections::{Driver, WarmPool},
    postgres_options::{InvalidDatabaseUrl, postgres_options},
};
use crate::config;

impl Store {
    /// Creates a store. Connections are opened when they are first needed.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn new(settings: &config::DatabaseConfig) -> Result<Self, InvalidDatabaseUrl> {
        let url = &settings.url.expose();
        let engine = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(|_| InvalidDatabaseUrl)?;
            Engine::Sqlite(pool(settings, sqlite_defaults(options, settings)))
        } else {
            Engine::Postgres(pool(settings, postgres_options(url)?))
        };
        Ok(Self {
            engine,
            timeout: settings.timeout,
            metrics: StoreMetrics::default(),
            passkeys: None,
        })
    }

    /// Returns whether the database is a SQLite file, which the service migrates at start without a command.
    pub fn is_embedded(&self) -> bool {
        matches!(self.engine, Engine::Sqlite(_))
    }

    /// Returns the path of the SQLite file. `None` for PostgreSQL and for a database in memory.
    pub fn file(&self) -> Option<PathBuf> {
        let Engine::Sqlite(pool) = &self.engine else {
            return None;
        };
        pool.file().map(|file| file.path().to_owned())
    }

    /// Creates the SQLite file if it does not exist, readable and writable only by its owner. Returns whether
    /// the file was created.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create_file(&self) -> io::Result<bool> {
        let Some(path) = self.file() else {
            return Ok(false);
        };
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

    /// Reads the database URL again from its file. A changed user or password is used for every connection
    /// that is opened from now on.
    pub async fn reload_login(&self) {
        if let Engine::Postgres(pool) = &self.engine {
            pool.database_login().reload(pool.pool()).await;
        }
    }

    /// Closes every connection, each after its operation has ended.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(pool) => pool.close().await,
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

/// Returns the options of a SQLite connection. Commits survive a power loss and not only a crash, because a
/// revoked session must not come back.
///
/// The waits for a connection and for a write of another process together take no longer than an operation
/// may take, so that SQLite gives up before its caller.
fn sqlite_defaults(
    options: SqliteConnectOptions,
    settings: &config::DatabaseConfig,
) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(settings.timeout / 2)
        .optimize_on_close(false, None)
}

/// Creates a pool that opens connections when they are needed. Connections are not pinged before each use,
/// because that would double the cost of a read. A read that fails on a dead connection is repeated on a new
/// one.
fn pool<DB: Driver>(
    settings: &config::DatabaseConfig,
    options: <DB::Connection as sqlx::Connection>::Options,
) -> WarmPool<DB> {
    let pool = PoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.timeout / 2)
        .test_before_acquire(false)
        .connect_lazy_with(options);
    WarmPool::new(pool, settings.url.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, FlagSettings, SettingSources};

    #[tokio::test]
    async fn application_name_of_the_url_replaces_the_default() {
        for (url, name) in [
            ("postgres://localhost/signet", "signet"),
            ("postgres://localhost/signet?application_name=auth", "auth"),
        ] {
            let text = format!("database.url = '{url}'");
            let sources = SettingSources::new(("signet.toml", &text), [], FlagSettings::default());
            let config = Config::load(sources.unwrap()).unwrap();
            let store = Store::new(&config.database).unwrap();
            let Engine::Postgres(pool) = &store.engine else {
                panic!("{url} is of PostgreSQL");
            };
            let options = pool.pool().connect_options();
            assert_eq!(options.get_application_name(), Some(name));
        }
    }
}
