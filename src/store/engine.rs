//! Opening a database.

use std::{
    fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::PathBuf, str::FromStr, sync::Arc,
};

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    Engine, Store, StoreMetrics,
    connections::{ConnectionRules, Driver, WarmPool},
    postgres_options::{InvalidDatabaseUrl, postgres_options},
    servers::{PostgresServer, PostgresServers, ReplicaLimits, ServerSettings},
};
use crate::config::{self, Reloadable, TargetSessionAttrs, server_name, server_urls};

impl Store {
    /// Creates a store. Connections are opened when they are first needed.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn new(settings: &config::DatabaseConfig) -> Result<Self, InvalidDatabaseUrl> {
        let url = &settings.url.expose();
        let engine = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(|_| InvalidDatabaseUrl)?;
            let options = sqlite_defaults(options, settings);
            Engine::Sqlite(pool(settings, options, settings.url.clone()))
        } else {
            Engine::Postgres(postgres_servers(settings, url)?)
        };
        Ok(Self {
            engine,
            timeout: settings.timeout,
            metrics: StoreMetrics::default(),
            retries: Arc::default(),
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
        if let Engine::Postgres(servers) = &self.engine {
            for pool in servers.pools() {
                pool.database_login().reload(pool.pool()).await;
            }
        }
    }

    /// Closes every connection, each after its operation has ended.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(pool) => pool.close().await,
            Engine::Postgres(servers) => {
                join_all(servers.pools().map(WarmPool::close)).await;
            }
            #[cfg(feature = "simulation")]
            Engine::Simulated(_) => {}
        }
    }
}

/// Returns the servers of `database.url`, and after them those of `database.replicas`.
///
/// # Errors
/// A URL cannot be read.
fn postgres_servers(
    settings: &config::DatabaseConfig,
    url: &str,
) -> Result<PostgresServers, InvalidDatabaseUrl> {
    let server = |url: &str, from: Reloadable<SecretString>, is_replica| {
        let options = postgres_options(url)?.statement_cache_capacity(settings.statement_cache);
        let name = server_name(url).unwrap_or_default();
        let pool = pool(settings, options, from);
        Ok(PostgresServer::new(name, pool, is_replica))
    };
    let urls = server_urls(url);
    let candidates = urls
        .iter()
        .map(|url| server(url, settings.url.clone(), false));
    let replicas = settings.replicas.iter();
    let replicas = replicas.map(|url| server(url.expose_secret(), url.clone().into(), true));
    let servers: Result<Vec<_>, _> = candidates.chain(replicas).collect();
    let limits = ServerSettings {
        target: TargetSessionAttrs::of(url),
        replicas: ReplicaLimits {
            max_lag: settings.max_lag,
            orphan_grace: settings.orphan_grace,
        },
    };
    Ok(PostgresServers::new(servers?, urls.len(), limits))
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
    url: Reloadable<SecretString>,
) -> WarmPool<DB> {
    let pool = PoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.timeout / 2)
        .test_before_acquire(false)
        .connect_lazy_with(options);
    let has_other_candidates = server_urls(&settings.url.expose()).len() > 1;
    let rules = ConnectionRules {
        has_statement_names: settings.statement_cache > 0,
        fails_fast: has_other_candidates || !settings.replicas.is_empty(),
        has_other_candidates,
    };
    WarmPool::new(pool, url, rules)
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
            let Engine::Postgres(servers) = &store.engine else {
                panic!("{url} is of PostgreSQL");
            };
            let options = servers.pools().next().unwrap().pool().connect_options();
            assert_eq!(options.get_application_name(), Some(name));
        }
    }
}
