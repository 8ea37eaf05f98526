//! The parts of the connection pool that differ between the engines.

use std::{collections::BTreeSet, path::PathBuf};

use percent_encoding::percent_decode_str;
use sqlx::{
    ConnectOptions, Connection, Database, Executor, PgConnection, Pool, Postgres, Row, Sqlite,
    SqliteConnection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};
use tokio::net::TcpStream;
use url::Url;

use crate::{
    config::server_urls,
    store::{failure::sqlstate, postgres_options::postgres_options},
};

/// Writes the write-ahead log into the file and empties the log. Returns whether other connections prevented it.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// The parameter of a URL that `database.statement_cache` sets.
const STATEMENT_CACHE: &str = "statement-cache-capacity";

/// A database engine whose connections are pooled.
pub(in crate::store) trait Driver: Database {
    /// Returns the path of the database, if the database is a file.
    fn path(pool: &Pool<Self>) -> Option<PathBuf>;

    /// Empties the write-ahead log of the file that the connection has open.
    ///
    /// # Errors
    /// The connection fails, or other connections use the log.
    fn empty_log(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Returns whether the server refused the user or the password.
    fn is_refused_login(error: &sqlx::Error) -> bool;

    /// Returns `present` with the user and the password of `url`, and with nothing else of `url`. Returns
    /// `None` if the URL names another database or cannot be read.
    fn with_login(
        url: &str,
        present: &<Self::Connection as Connection>::Options,
    ) -> Option<<Self::Connection as Connection>::Options>;

    /// Checks that the server accepts connections, without waiting for one that refuses them.
    ///
    /// # Errors
    /// The server cannot be reached.
    fn reach(
        options: &<Self::Connection as Connection>::Options,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Runs a statement without arguments and without preparing it.
    ///
    /// # Errors
    /// The statement or the connection fails.
    fn run(
        connection: &mut Self::Connection,
        statement: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Ends the work that a cancelled or failed operation has left open, and checks that the connection
    /// answers.
    ///
    /// # Errors
    /// The connection cannot be used again.
    fn reset(
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

    async fn reach(_: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn run(
        connection: &mut SqliteConnection,
        statement: &'static str,
    ) -> Result<(), sqlx::Error> {
        connection.execute(statement).await.map(drop)
    }

    /// SQLite itself ends a transaction when the disk is full. The `ROLLBACK` that follows fails,
    /// and sqlx counts the transaction as open from then on. A new transaction that is rolled back
    /// corrects the count.
    async fn reset(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        connection.ping().await?;
        if connection.is_in_transaction() {
            connection.execute("BEGIN").await?;
            // sqlx refuses this statement inside of a transaction, and rolls the transaction back.
            drop(connection.begin_with("BEGIN").await);
            connection.ping().await?;
        }
        check_no_transaction(connection)
    }
}

impl Driver for Postgres {
    fn path(_: &Pool<Self>) -> Option<PathBuf> {
        None
    }

    async fn empty_log(_: &mut PgConnection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    /// `INVALID_AUTHORIZATION_SPECIFICATION` is every other refusal than a wrong password, such as an unknown user.
    fn is_refused_login(error: &sqlx::Error) -> bool {
        matches!(
            sqlstate::of(error).as_deref(),
            Some(sqlstate::INVALID_PASSWORD | sqlstate::INVALID_AUTHORIZATION_SPECIFICATION)
        )
    }

    fn with_login(url: &str, present: &PgConnectOptions) -> Option<PgConnectOptions> {
        let target = |it: &PgConnectOptions| {
            let socket = it.get_socket().map(PathBuf::from);
            let database = it.get_database().map(str::to_owned);
            (it.get_host().to_owned(), it.get_port(), socket, database)
        };
        let urls = server_urls(url);
        let given = urls.iter().filter_map(|url| postgres_options(url).ok());
        let given = given
            .into_iter()
            .find(|given| target(given) == target(present))?;
        let ignored = other_differences(&given, present);
        if !ignored.is_empty() {
            tracing::warn!(
                setting = "database.url_file",
                ignored,
                "the user and password of the file are used; other changes need a restart"
            );
        }
        let login = present.clone().username(given.get_username());
        let url = without_user_and_host(&given);
        Some(match url.password() {
            Some(password) => login.password(&percent_decode_str(password).decode_utf8().ok()?),
            None => login,
        })
    }

    async fn reach(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
        if options.get_socket().is_none() {
            TcpStream::connect((options.get_host(), options.get_port())).await?;
        }
        Ok(())
    }

    async fn run(
        connection: &mut PgConnection,
        statement: &'static str,
    ) -> Result<(), sqlx::Error> {
        connection.execute(statement).await.map(drop)
    }

    async fn reset(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        connection.ping().await?;
        check_no_transaction(connection)
    }
}

/// Returns the password and the parameters of options as a URL that sqlx writes, with a fixed user and host.
fn without_user_and_host(options: &PgConnectOptions) -> Url {
    // sqlx does not encode these two.
    let fixed = options.clone().username("user").host("host");
    fixed.to_url_lossy()
}

/// Returns the names of the parameters in which two options differ, besides the login and the database.
fn other_differences(one: &PgConnectOptions, other: &PgConnectOptions) -> String {
    let parameters = |it: &PgConnectOptions| -> BTreeSet<(String, String)> {
        let url = without_user_and_host(it);
        let parameters = url.query_pairs().into_owned();
        let parameters = parameters.filter(|(name, _)| name != STATEMENT_CACHE);
        let mut parameters: BTreeSet<_> = parameters.collect();
        for (name, value) in [
            ("application_name", it.get_application_name()),
            ("options", it.get_options()),
        ] {
            parameters.insert((name.to_owned(), value.unwrap_or_default().to_owned()));
        }
        parameters
    };
    let (one, other) = (parameters(one), parameters(other));
    let names: BTreeSet<&str> = one
        .symmetric_difference(&other)
        .map(|(name, _)| name.as_str())
        .collect();
    names.into_iter().collect::<Vec<_>>().join(" ")
}

fn check_no_transaction(connection: &impl Connection) -> Result<(), sqlx::Error> {
    if connection.is_in_transaction() {
        return Err(sqlx::Error::Protocol(
            "a transaction is still open".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESENT: &str = "postgres://signet:first@db.example.com/signet?sslmode=verify-full\
                           &options=-c%20search_path%3Dauth";

    /// Applies a URL of the file to `PRESENT`. Returns the user, password, `sslmode`, options and name.
    fn with_login(url: &str) -> Option<[String; 5]> {
        let present = postgres_options(PRESENT).unwrap();
        let options = Postgres::with_login(url, &present)?;
        let password = without_user_and_host(&options)
            .password()
            .unwrap()
            .to_owned();
        Some([
            options.get_username().to_owned(),
            percent_decode_str(&password)
                .decode_utf8()
                .unwrap()
                .into_owned(),
            format!("{:?}", options.get_ssl_mode()),
            options.get_options().unwrap().to_owned(),
            options.get_application_name().unwrap().to_owned(),
        ])
    }

    #[test]
    fn reloaded_url_changes_only_user_and_password() {
        let kept = ["VerifyFull", "-c search_path=auth", "signet"];
        for parameters in [
            "?sslmode=verify-full&options=-c%20search_path%3Dauth",
            "?sslmode=disable&options=-c%20search_path%3Dother&application_name=x",
            "",
        ] {
            let url = format!("postgres://other:se%2Fcond%40@db.example.com/signet{parameters}");
            let [user, password, rest @ ..] = with_login(&url).unwrap();
            assert_eq!((user.as_str(), password.as_str()), ("other", "se/cond@"));
            assert_eq!(rest, kept, "{parameters}");
        }
        for other in [
            "postgres://signet:second@db2.example.com/signet",
            "postgres://signet:second@db.example.com:6432/signet",
            "postgres://signet:second@db.example.com/other",
            "postgres://signet:second@db.example.com/signet?host=/tmp",
            "sqlite://signet.db",
        ] {
            assert_eq!(with_login(other), None, "{other}");
        }
    }

    #[test]
    fn differences_besides_the_login_are_named() {
        let present = postgres_options(PRESENT).unwrap();
        let differences = |url: &str| other_differences(&postgres_options(url).unwrap(), &present);
        let url = PRESENT.replace("signet:first", "a%5B%2Fb:second");
        assert_eq!(differences(&url), "");
        let url = "postgres://signet:first@db.example.com/signet?hostaddr=::1&sslrootcert=/ca.pem";
        assert_eq!(differences(url), "options sslmode sslrootcert");
        let url = format!("{PRESENT}&application_name=x");
        assert_eq!(differences(&url), "application_name");
        // This one has a setting.
        let url = format!("{PRESENT}&statement-cache-capacity=5");
        assert_eq!(differences(&url), "");
    }
}
