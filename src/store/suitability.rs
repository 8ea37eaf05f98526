//! Checks at start whether a database can serve Signet at all.
//!
//! Two kinds of PostgreSQL database accept connections and fail later, for some people or some
//! requests: a database whose encoding cannot hold every name, and a pooler that gives each
//! transaction another server connection.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Postgres, Row, Sqlite,
    postgres::PgConnectOptions,
};
use tokio::{task::spawn_blocking, time::timeout};

use super::{
    Engine, Error, Store,
    connections::{WarmPool, open_unlocked},
    file::is_open_as_another_file,
};

/// Shows the encoding in which a PostgreSQL database keeps its text.
const ENCODING: &str = "SHOW server_encoding";

/// The seconds since 1970 by the clock of the server.
const SERVER_TIME: &str = "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint::text";

/// The session setting that tells one server connection from another. PostgreSQL accepts any name
/// with a dot; Signet uses it for nothing else.
const MARK: &str = "SET signet.pooler_check = 'marked'";
const READ_MARK: &str = "SELECT coalesce(current_setting('signet.pooler_check', true), '')";
const MARKED: &str = "marked";

/// Reads of the mark before and after another connection takes a server connection of the pooler.
/// More than one, because a pooler may use its server connections in turns.
const READS: usize = 3;

/// `protocol_violation`: PgBouncer answers with it what it does not support.
const PROTOCOL_VIOLATION: &str = "08P01";

const TRANSACTION_POOLER: &str = "\
    the connections go through a pooler that changes the server connection between transactions \
    (transaction or statement mode), which mixes up prepared statements: set `pool_mode = session` \
    for this database in the pooler, or connect to PostgreSQL directly";

/// The least time in which a pooler must give a second connection. PgBouncer keeps a client waiting
/// while all its server connections are in use.
const SECOND: Duration = Duration::from_secs(1);

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
        let looking = spawn_blocking(move || is_open_as_another_file(&path));
        let looked = timeout(self.timeout, looking).await;
        match looked.map_err(|_| Error::TimedOut)? {
            Ok(true) => Err(Error::File(format!(
                "{shown} was replaced, deleted or moved while another process has it open"
            ))),
            _ => Ok(()),
        }
    }

    /// Opens plain connections, past the pool, and checks that the database can serve Signet.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] if the database does not keep text as UTF-8, or if a pooler in
    /// transaction or statement mode is in between. Otherwise no connection can be made, or the
    /// database does not answer within `database.timeout`.
    pub async fn check_database(&self) -> Result<(), Error> {
        let checking = async {
            match &self.engine {
                Engine::Sqlite(pool) => check_sqlite(pool).await,
                Engine::Postgres(pool) => check_postgres(pool).await,
            }
        };
        let checked = timeout(self.timeout, checking).await;
        checked.map_err(|_| Error::TimedOut)?
    }
}

impl Store {
    /// What the clock of the database server says, to the second. `None` for SQLite, which has none of its
    /// own.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer within `database.timeout`.
    pub async fn server_time(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let Engine::Postgres(pool) = &self.engine else {
            return Ok(None);
        };
        let asking = async {
            let mut connection = pool.pool().connect_options().connect().await?;
            let seconds = text(&mut connection, SERVER_TIME).await?;
            connection.close().await?;
            Ok::<_, Error>(seconds.parse().ok())
        };
        let seconds = timeout(self.timeout, asking).await;
        let seconds: Option<i64> = seconds.map_err(|_| Error::TimedOut)??;
        Ok(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
    }
}

/// Opens the file, which is the file of this process from now on.
async fn check_sqlite(pool: &WarmPool<Sqlite>) -> Result<(), Error> {
    let before = match pool.file() {
        Some(file) => file.before_opening().await,
        None => None,
    };
    let options = pool.pool().connect_options();
    let connection = open_unlocked(pool.patience(), || options.connect()).await?;
    if let Some(file) = pool.file() {
        let opened = file.opened(before).await;
        opened.map_err(|fault| Error::File(fault.to_string()))?;
    }
    Ok(connection.close().await?)
}

async fn check_postgres(pool: &WarmPool<Postgres>) -> Result<(), Error> {
    let options = pool.pool().connect_options();
    let begun = Instant::now();
    let mut first = options.connect().await.map_err(refused_by_pooler)?;
    let patience = begun.elapsed().saturating_mul(3).max(SECOND);
    let encoding = text(&mut first, ENCODING).await?;
    if encoding != "UTF8" {
        return Err(Error::Unsuitable(format!(
            "the database stores text as {encoding}, which cannot represent every name: create one with \
             `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
        )));
    }
    match second_connection(&mut first, &options, patience).await? {
        SecondConnection::Shared => return Err(Error::Unsuitable(TRANSACTION_POOLER.to_owned())),
        SecondConnection::Waits if pool.max_connections() > 1 => tracing::warn!("{ONE_CONNECTION}"),
        // A role or a pooler that allows a single connection mixes nothing up.
        SecondConnection::Waits | SecondConnection::Refused | SecondConnection::Separate => {}
    }
    first.close().await?;
    Ok(())
}

/// The fate of a second client connection while the first one is open.
enum SecondConnection {
    /// A server connection of its own.
    Separate,
    /// The server connection of the first one, at times.
    Shared,
    /// No server connection in time.
    Waits,
    /// An error.
    Refused,
}

/// Opens a second connection. Two client connections share server connections if a session setting of
/// the first is seen by the second, or is lost to the first while the second holds a transaction open.
async fn second_connection(
    first: &mut PgConnection,
    options: &PgConnectOptions,
    patience: Duration,
) -> Result<SecondConnection, Error> {
    let mut second = match timeout(patience, options.connect()).await {
        Ok(Ok(second)) => second,
        Ok(Err(_)) => return Ok(SecondConnection::Refused),
        Err(_) => return Ok(SecondConnection::Waits),
    };
    run(first, MARK).await?;
    if !keeps_mark(first).await? {
        return Ok(SecondConnection::Shared);
    }
    // PgBouncer lets a client in before it has a server connection for it.
    match timeout(patience, run(&mut second, "BEGIN")).await {
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
    let is_shared = text(&mut second, READ_MARK).await? == MARKED || !keeps_mark(first).await?;
    run(&mut second, "ROLLBACK").await?;
    let _ = second.close().await;
    Ok(if is_shared {
        SecondConnection::Shared
    } else {
        SecondConnection::Separate
    })
}

async fn keeps_mark(connection: &mut PgConnection) -> Result<bool, Error> {
    for _ in 0..READS {
        if text(connection, READ_MARK).await? != MARKED {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs a statement without preparing it: a prepared one may fail behind a pooler.
async fn run(connection: &mut PgConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

/// Reads one text, without preparing the statement.
async fn text(connection: &mut PgConnection, statement: &'static str) -> Result<String, Error> {
    let row = connection.fetch_one(AssertSqlSafe(statement)).await?;
    Ok(row.try_get(0)?)
}

/// Names the remedy where a pooler refuses a parameter of the connection's start.
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
