//! Finds out whether a pooler gives each transaction another server connection.

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row,
    postgres::PgConnectOptions,
};
use tokio::time::timeout;

use crate::store::{
    Error,
    failure::sqlstate::{self, PROTOCOL_VIOLATION},
    unprepared::{run, text},
};

/// Returns a text that no other check has, because its mark and its statement may be left on a server connection.
const CHECK_ID: &str = "SELECT extract(epoch FROM clock_timestamp())::text";

/// Returns the session setting by which one server connection is told from another. PostgreSQL accepts any name with a
/// dot; Signet uses this one for nothing else.
const READ_MARK: &str = "SELECT coalesce(current_setting('signet.pooler_check', true), '')";

/// Reads of the mark before and after another connection takes a server connection of the pooler.
/// More than one, because a pooler may use its server connections in turns.
const READS: usize = 3;

/// The most executions of the prepared statement. Under load a pooler gives out its server connections by chance.
const EXECUTIONS: usize = 20;

/// The server connection of a second client connection while the first one is open.
pub(super) enum SecondConnection {
    /// The second connection has another server connection than the first.
    Separate,
    /// The second connection uses the server connection of the first at times.
    Shared,
    /// As [`Self::Shared`], and a statement that is prepared by name runs on every server connection.
    Tracked,
    /// The second connection gets no server connection in time.
    Waits,
    /// The second connection is refused with an error.
    Refused,
}

/// Opens a second connection. Two client connections share server connections if the second one sees a
/// session setting of the first, or if the first loses the setting while the second holds a transaction open.
pub(super) async fn second_connection(
    first: &mut PgConnection,
    options: &PgConnectOptions,
    limit: Duration,
) -> Result<SecondConnection, Error> {
    let mut second = match timeout(limit, options.connect()).await {
        Ok(Ok(second)) => second,
        Ok(Err(_)) => return Ok(SecondConnection::Refused),
        Err(_) => return Ok(SecondConnection::Waits),
    };
    let id = text(first, CHECK_ID).await?;
    let mark = format!("SET signet.pooler_check = '{id}'");
    first.execute(AssertSqlSafe(mark)).await?;
    let is_lost = !is_still_marked(first, &id).await?;
    // PgBouncer lets a client in before it has a server connection for it.
    match timeout(limit, run(&mut second, "BEGIN")).await {
        Ok(Ok(())) => {}
        // PgBouncer in statement mode allows no transaction.
        Ok(Err(error)) if sqlstate::of(&error).as_deref() == Some(PROTOCOL_VIOLATION) => {
            return Ok(SecondConnection::Shared);
        }
        Ok(Err(error)) => return Err(error.into()),
        Err(_) if is_lost => return Ok(SecondConnection::Shared),
        Err(_) => return Ok(SecondConnection::Waits),
    }
    let is_shared = is_lost
        || text(&mut second, READ_MARK).await? == id
        || !is_still_marked(first, &id).await?;
    let second_connection = if is_shared {
        let tracks = timeout(limit, tracks_statements(first, &mut second, &id)).await;
        match tracks {
            Ok(Ok(true)) => SecondConnection::Tracked,
            _ => SecondConnection::Shared,
        }
    } else {
        run(&mut second, "ROLLBACK").await?;
        SecondConnection::Separate
    };
    let _ = second.close().await;
    Ok(second_connection)
}

/// Returns whether a statement that `first` prepares by name also runs on another server connection. `second` holds a
/// server connection by a transaction, which this function ends. `false` if the pooler uses no other server connection.
///
/// # Errors
/// A connection fails, or the statement is unknown on another server connection.
async fn tracks_statements(
    first: &mut PgConnection,
    second: &mut PgConnection,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let statement = format!("SELECT '{id} ' || pg_backend_pid()");
    let mut before = None;
    for _ in 0..EXECUTIONS {
        let query = sqlx::query(AssertSqlSafe(statement.clone()));
        let backend: String = first.fetch_one(query).await?.try_get(0)?;
        if !backend.starts_with(id) {
            break;
        }
        match &before {
            None => {
                run(second, "ROLLBACK").await?;
                before = Some(backend);
            }
            Some(before) if *before != backend => return Ok(true),
            Some(_) => {}
        }
    }
    Ok(false)
}

async fn is_still_marked(connection: &mut PgConnection, id: &str) -> Result<bool, sqlx::Error> {
    for _ in 0..READS {
        if text(connection, READ_MARK).await? != id {
            return Ok(false);
        }
    }
    Ok(true)
}
