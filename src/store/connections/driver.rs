//! The parts of connection keeping that differ between the engines.

use std::{fs, os::unix::fs::MetadataExt, path::PathBuf};

use sqlx::{
    Connection, Database, Executor, PgConnection, Pool, Postgres, Sqlite, SqliteConnection,
    error::DatabaseError, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};

use crate::store::engine::postgres_options;

/// The file of a database: device and inode.
pub(in crate::store) type FileId = (u64, u64);

/// An engine whose connections are kept.
pub(in crate::store) trait Driver: Database {
    /// The file that a connection opened now would read, if the database is a file.
    fn file(pool: &Pool<Self>) -> Option<FileId>;

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
    /// A database file that was deleted or replaced still accepts writes from the connections that
    /// have opened it, and loses them when the last of these is closed.
    fn file(pool: &Pool<Self>) -> Option<FileId> {
        let options = pool.connect_options();
        let file = fs::metadata(options.get_filename()).ok()?;
        Some((file.dev(), file.ino()))
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
    fn file(_: &Pool<Self>) -> Option<FileId> {
        None
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
