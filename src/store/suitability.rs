//! Checks at start whether a database can serve Signet.
//!
//! Two kinds of PostgreSQL database accept connections and fail later, for some users or some requests: a
//! database whose encoding cannot represent every name, and a pooler that gives each transaction another
//! server connection.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Postgres, Row, Sqlite,
    postgres::PgConnectOptions,
};
use tokio::{task::spawn_blocking, time::timeout};

use super::{Engine, Error, Store, connections::WarmPool, file::is_open_as_another_file};

/// Returns the encoding in which a PostgreSQL database stores text.
const ENCODING: &str = "SHOW server_encoding";

/// Returns the seconds since 1970 by the clock of the server.
const SERVER_TIME: &str = "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint::text";

/// The session setting that tells one server connection from another. PostgreSQL accepts any name
/// with a dot; Signet uses it for nothing else.
const MARK: &str = "SET signet.pooler_check = 'marked'";
const READ_MARK: &str = "SELECT coalesce(current_setting('signet.pooler_check', true), '')";
const MARKED: &str = "marked";

/// Reads of the mark before and after another connection takes a server connection of the pooler.
/// More than one, because a pooler may use its server connections in turns.
const READS: usize = 3;

/// `protocol_violation`: the answer of PgBouncer to a request that it does not support.
const PROTOCOL_VIOLATION: &str = "08P01";

const TRANSACTION_POOLER: &str = "\
    the connections go through a pooler that changes the server connection between transactions \
    (transaction or statement mode), which mixes up prepared statements: set `pool_mode = session` \
    for this database in the pooler, or connect to PostgreSQL directly";

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

    /// Opens connections outside the pool and checks that the database can serve Signet.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] if the database does not store text as UTF-8, or if a pooler in
    /// transaction or statement mode is in between. Another error if no connection can be opened, or if the
    /// database does not answer within `database.timeout`.
    pub async fn check_database(&self) -> Result<(), Error> {
        let check = async {
            match &self.engine {
                Engine::Sqlite(pool) => check_sqlite(pool).await,
                Engine::Postgres(pool) => check_postgres(pool).await,
            }
        };
        let checked = timeout(self.timeout, check).await;
        checked.map_err(|_| Error::TimedOut)?
    }
}

impl Store {
    /// Returns the time by the clock of the database server, in whole seconds. `None` for SQLite, which
    /// uses the clock of this machine.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer within `database.timeout`.
    pub async fn server_time(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let Engine::Postgres(pool) = &self.engine else {
            return Ok(None);
        };
        let query = async {
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

async fn check_postgres(pool: &WarmPool<Postgres>) -> Result<(), Error> {
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
    match second_connection(&mut first, &options, limit).await? {
        SecondConnection::Shared => return Err(Error::Unsuitable(TRANSACTION_POOLER.to_owned())),
        SecondConnection::Waits if pool.max_connections() > 1 => tracing::warn!("{ONE_CONNECTION}"),
        // With a single connection, prepared statements cannot be mixed up.
        SecondConnection::Waits | SecondConnection::Refused | SecondConnection::Separate => {}
    }
    first.close().await?;
    Ok(())
}

/// The server connection of a second client connection while the first one is open.
enum SecondConnection {
    /// The second connection has another server connection than the first.
    Separate,
    /// The second connection uses the server connection of the first at times.
    Shared,
    /// The second connection gets no server connection in time.
    Waits,
    /// The second connection is refused with an error.
    Refused,
}

/// Opens a second connection. Two client connections share server connections if the second one sees a
/// session setting of the first, or if the first loses the setting while the second holds a transaction open.
async fn second_connection(
    first: &mut PgConnection,
    options: &PgConnectOptions,
    limit: Duration,
) -> Result<SecondConnection, Error> {
    let mut second = match timeout(limit, options.connect()).await {
        Ok(Ok(second)) => second,
        Ok(Err(_)) => return Ok(SecondConnection::Refused),
        Err(_) => return Ok(SecondConnection::Waits),
    };
    run(first, MARK).await?;
    if !is_still_marked(first).await? {
        return Ok(SecondConnection::Shared);
    }
    // PgBouncer lets a client in before it has a server connection for it.
    match timeout(limit, run(&mut second, "BEGIN")).await {
        Ok(Ok(())) => {}
        // PgBouncer in statement mode allows no transaction.
        Ok(Err(sqlx::Error::Database(error)))
            if error.code().as_deref() == Some(PROTOCOL_VIOLATION) =>
        {
            return Ok(SecondConnection::Shared);
        }
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Ok(SecondConnection::Waits),
    }
    let is_shared =
        text(&mut second, READ_MARK).await? == MARKED || !is_still_marked(first).await?;
    run(&mut second, "ROLLBACK").await?;
    let _ = second.close().await;
    Ok(if is_shared {
        SecondConnection::Shared
    } else {
        SecondConnection::Separate
    })
}

async fn is_still_marked(connection: &mut PgConnection) -> Result<bool, Error> {
    for _ in 0..READS {
        if text(connection, READ_MARK).await? != MARKED {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs a statement without preparing it, because a prepared statement may fail behind a pooler.
async fn run(connection: &mut PgConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

/// Reads one text without preparing the statement.
async fn text(connection: &mut PgConnection, statement: &'static str) -> Result<String, Error> {
    let row = connection.fetch_one(AssertSqlSafe(statement)).await?;
    Ok(row.try_get(0)?)
}

/// Converts an error of the connection. The error names the remedy if a pooler refuses a startup parameter.
fn refused_by_pooler(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(database)
            if database.code().as_deref() == Some(PROTOCOL_VIOLATION)
                && database.message().contains("startup parameter") =>
        {
            Error::Unsuitable(format!(
                "the pooler refuses the connection: {}; add the parameter to its \
                 `ignore_startup_parameters`, and set `pool_mode = session`",
                database.message()
            ))
        }
        _ => error.into(),
    }
}
