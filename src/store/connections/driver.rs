//! The parts of connection keeping that differ between the engines.

use std::path::PathBuf;

use sqlx::{
    Connection, Database, Executor, PgConnection, Pool, Postgres, Row, Sqlite, SqliteConnection,
    error::DatabaseError, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};

use crate::store::engine::postgres_options;

/// Writes the write-ahead log into the database file and empties the log. Gives whether other
/// connections prevented that.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// An engine whose connections are kept.
pub(in crate::store) trait Driver: Database {
    /// The path of the database, if it is a file.
    fn path(pool: &Pool<Self>) -> Option<PathBuf>;

    /// Leaves nothing in the write-ahead log of the file that the connection has open.
    ///
    /// # Errors
    /// The connection fails, or others prevent it.
    fn empty_log(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Whether the server refused the user or the password.
    fn is_refused_login(error: &sqlx::Error) -> bool;

    /// Options that connect to the database of `present` with the user and the password of `url`. `None`
    /// if the URL names another database or none.
    fn with_login(
        url: &str,
        present: &<Self::Connection as Connection>::Options,
    ) -> Option<<Self::Connection as Connection>::Options>;

    /// Ends whatever an interrupted or failed operation has left open, and checks that the
    /// connection answers.
    ///
    /// # Errors
    /// The connection cannot be used again.
    fn settle(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

impl Driver for Sqlite {
    fn path(pool: &Pool<Self>) -> Option<PathBuf> {
        let options = pool.connect_options();
        let name = options.get_filename().to_str()?;
        let is_in_memory = name == ":memory:" || name.starts_with("file:");
        (!is_in_memory).then(|| name.into())
    }

    async fn empty_log(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let done = connection.fetch_one(CHECKPOINT).await?;
        if done.try_get::<i64, _>(0)? == 0 {
            return Ok(());
        }
        let busy = "other connections use the write-ahead log";
        Err(sqlx::Error::Protocol(busy.to_owned()))
    }

    fn is_refused_login(_: &sqlx::Error) -> bool {
        false
    }

    fn with_login(_: &str, _: &SqliteConnectOptions) -> Option<SqliteConnectOptions> {
        None
    }

    /// SQLite ends a transaction by itself when the disk is full. The `ROLLBACK` that follows fails,
    /// and sqlx counts the transaction as open from then on; a new one, rolled back, corrects that.
    async fn settle(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        connection.ping().await?;
        if connection.is_in_transaction() {
            connection.execute("BEGIN").await?;
            // sqlx refuses this one inside of a transaction, and rolls the transaction back.
            drop(connection.begin_with("BEGIN").await);
            connection.ping().await?;
        }
        is_settled(connection)
    }
}

impl Driver for Postgres {
    fn path(_: &Pool<Self>) -> Option<PathBuf> {
        None
    }

    async fn empty_log(_: &mut PgConnection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// 28P01 is a wrong password. 28000 is every other refusal, such as a user that does not exist.
    fn is_refused_login(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(DatabaseError::code);
        matches!(code.as_deref(), Some("28P01" | "28000"))
    }

    fn with_login(url: &str, present: &PgConnectOptions) -> Option<PgConnectOptions> {
        let options = postgres_options(url).ok()?;
        let target = |it: &PgConnectOptions| {
            let socket = it.get_socket().map(PathBuf::from);
            let database = it.get_database().map(str::to_owned);
            (it.get_host().to_owned(), it.get_port(), socket, database)
        };
        (target(&options) == target(present)).then_some(options)
    }

    async fn settle(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        connection.ping().await?;
        is_settled(connection)
    }
}

fn is_settled(connection: &impl Connection) -> Result<(), sqlx::Error> {
    if connection.is_in_transaction() {
        return Err(sqlx::Error::Protocol(
            "a transaction is still open".to_owned(),
        ));
    }
    Ok(())
}
