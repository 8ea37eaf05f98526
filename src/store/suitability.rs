//! Checks at start whether a database can serve Signet.
//!
//! Two kinds of PostgreSQL database accept connections and fail later, for some users or some requests: a
//! database whose encoding cannot represent every name, and a pooler that gives each transaction another
//! server connection.

mod other_servers;
mod pooler;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{ConnectOptions, Connection, PgConnection, Postgres, Sqlite};
use tokio::{task::spawn_blocking, time::timeout};

use self::pooler::{SecondConnection, second_connection};
use super::{
    Engine, Error, Store,
    connections::WarmPool,
    failure::sqlstate::{self, PROTOCOL_VIOLATION},
    file::is_open_as_another_file,
    servers::READ_ONLY,
    unprepared::{run, text},
};

/// Returns the encoding in which a PostgreSQL database stores text.
const ENCODING: &str = "SHOW server_encoding";

/// Returns the seconds since 1970 by the clock of the server.
const SERVER_TIME: &str = "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint::text";

const TRANSACTION_POOLER: &str = "\
    the connections go through a pooler that changes the server connection between transactions \
    (transaction or statement mode) and mixes up prepared statements: set `database.statement_cache = 0`, or \
    `max_prepared_statements` of PgBouncer 1.21 or later, for transaction mode, or `pool_mode = session` for \
    this database in the pooler, or connect to PostgreSQL directly";

const STATEMENT_POOLER: &str = "\
    the connections go through a pooler in statement mode, which allows no transactions: set \
    `pool_mode = transaction` or `pool_mode = session` for this database in the pooler";

const READ_ONLY_SERVER: &str = "\
    the server accepts no writes, because it is a standby or read-only: write the host of the primary into \
    database.url, or all hosts (`db1,db2`), of which Signet uses the primary";

/// The least time limit for a second connection. PgBouncer keeps a client waiting while all its server
/// connections are in use.
const MIN_SECOND_CONNECTION_TIMEOUT: Duration = Duration::from_secs(1);

const ONE_CONNECTION: &str = "\
    the database or its pooler allows no second connection while the first is in use, so requests wait for \
    each other: raise `default_pool_size` of PgBouncer to `database.connections` of \
    all nodes together, or lower `database.connections`";

impl Store {
    /// Checks that no other process has another SQLite file open under the path of this one. Call this
    /// before the database is opened.
    ///
    /// # Errors
    /// [`Error::File`] if the file was replaced, deleted or moved while a process has it open.
    /// [`Error::TimedOut`] if the file system does not answer within `database.timeout`.
    pub async fn check_file(&self) -> Result<(), Error> {
        let Some(path) = self.file() else {
            return Ok(());
        };
        let shown = path.display().to_string();
        let check = spawn_blocking(move || is_open_as_another_file(&path));
        let checked = timeout(self.timeout, check).await;
        match checked.map_err(|_| Error::TimedOut)? {
            Ok(true) => Err(Error::File(format!(
                "{shown} was replaced, deleted or moved while another process has it open"
            ))),
            _ => Ok(()),
        }
    }

    /// Opens connections outside the pool and checks that the database can serve Signet. Returns the problems that do not
    /// stop the start: a server that accepts no writes, and other servers that cannot be used now.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] if the database does not store text as UTF-8, or if a pooler in between uses statement mode, or
    /// transaction mode without tracking prepared statements. [`Error::Server`] if another server belongs to another database.
    /// Another error if no connection can be opened, or if the database does not answer within `database.timeout`.
    pub async fn check_database(&self) -> Result<Vec<Error>, Error> {
        let mut problems = vec![];
        let check = async {
            match &self.engine {
                Engine::Sqlite(pool) => check_sqlite(pool).await,
                Engine::Postgres(servers) => {
                    let primary = servers.primary().await.map_err(refused_by_pooler)?;
                    check_postgres(primary, &mut problems).await
                }
                #[cfg(feature = "simulation")]
                Engine::Simulated(servers) => servers.read(|_| ()).await,
            }
        };
        let checked = timeout(self.timeout, check).await;
        checked.map_err(|_| Error::TimedOut)??;
        if let Engine::Postgres(servers) = &self.engine {
            problems.extend(other_servers::check(servers, self.timeout).await?);
        }
        Ok(problems)
    }
}

impl Store {
    /// Returns the time by the clock of the database server, in whole seconds. `None` for SQLite, which
    /// uses the clock of this machine.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer within `database.timeout`.
    pub async fn server_time(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let Engine::Postgres(servers) = &self.engine else {
            return Ok(None);
        };
        let query = async {
            let pool = servers.primary().await?;
            let mut connection = pool.pool().connect_options().connect().await?;
            let seconds = text(&mut connection, SERVER_TIME).await?;
            connection.close().await?;
            Ok::<_, Error>(seconds.parse().ok())
        };
        let seconds = timeout(self.timeout, query).await;
        let seconds: Option<i64> = seconds.map_err(|_| Error::TimedOut)??;
        Ok(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
    }
}

/// Opens the file. The process uses this file from now on.
async fn check_sqlite(pool: &WarmPool<Sqlite>) -> Result<(), Error> {
    let options = pool.pool().connect_options();
    let (connection, checked) = pool.open(|| options.connect()).await?;
    checked.map_err(|fault| Error::File(fault.to_string()))?;
    Ok(connection.close().await?)
}

async fn check_postgres(pool: &WarmPool<Postgres>, problems: &mut Vec<Error>) -> Result<(), Error> {
    let options = pool.pool().connect_options();
    let started = Instant::now();
    let mut first = options.connect().await.map_err(refused_by_pooler)?;
    let limit = started.elapsed().saturating_mul(3);
    let limit = limit.max(MIN_SECOND_CONNECTION_TIMEOUT);
    let encoding = text(&mut first, ENCODING).await?;
    if encoding != "UTF8" {
        return Err(Error::Unsuitable(format!(
            "the database stores text as {encoding}, which cannot represent every name: create one with \
             `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
        )));
    }
    if text(&mut first, READ_ONLY).await? == "on" {
        problems.push(Error::Unsuitable(READ_ONLY_SERVER.to_owned()));
    }
    check_pooler(&mut first, pool, limit).await?;
    first.close().await?;
    Ok(())
}

/// Checks that a pooler before a server suits the statements of the pool. A second connection is opened within `limit`.
async fn check_pooler(
    first: &mut PgConnection,
    pool: &WarmPool<Postgres>,
    limit: Duration,
) -> Result<(), Error> {
    if !pool.has_statement_names() {
        // Nothing depends on the session, so any pooler that allows transactions serves.
        return match run(first, "BEGIN").await {
            Err(error) if sqlstate::of(&error).as_deref() == Some(PROTOCOL_VIOLATION) => {
                Err(Error::Unsuitable(STATEMENT_POOLER.to_owned()))
            }
            begun => {
                begun?;
                Ok(run(first, "ROLLBACK").await?)
            }
        };
    }
    match second_connection(first, &pool.pool().connect_options(), limit).await? {
        SecondConnection::Shared => return Err(Error::Unsuitable(TRANSACTION_POOLER.to_owned())),
        SecondConnection::Waits if pool.max_connections() > 1 => tracing::warn!("{ONE_CONNECTION}"),
        // With a single connection, prepared statements cannot be mixed up.
        SecondConnection::Waits
        | SecondConnection::Refused
        | SecondConnection::Separate
        | SecondConnection::Tracked => {}
    }
    Ok(())
}

/// Converts an error of the connection. The error names the remedy if a pooler refuses a startup parameter.
fn refused_by_pooler(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(database)
            if database.code().as_deref() == Some(PROTOCOL_VIOLATION)
                && database.message().contains("startup parameter") =>
        {
            Error::Unsuitable(format!(
                "the pooler refuses the connection: {}; remove the parameter from the URL and set it with \
                 `ALTER ROLE … SET`, because `ignore_startup_parameters` of the pooler drops it",
                database.message()
            ))
        }
        _ => error.into(),
    }
}
