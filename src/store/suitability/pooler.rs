//! Finds out whether a pooler gives each transaction another server connection.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use crate::store::{
    Error,
    failure::sqlstate::{self, PROTOCOL_VIOLATION},
    unprepared::{run, text},
};

/// The session setting that tells one server connection from another. PostgreSQL accepts any name
/// with a dot; Signet uses it for nothing else.
const MARK: &str = "SET signet.pooler_check = 'marked'";
const READ_MARK: &str = "SELECT coalesce(current_setting('signet.pooler_check', true), '')";
const MARKED: &str = "marked";

/// Reads of the mark before and after another connection takes a server connection of the pooler.
/// More than one, because a pooler may use its server connections in turns.
const READS: usize = 3;

/// The server connection of a second client connection while the first one is open.
pub(super) enum SecondConnection {
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
    run(first, MARK).await?;
    if !is_still_marked(first).await? {
        return Ok(SecondConnection::Shared);
    }
    // PgBouncer lets a client in before it has a server connection for it.
    match timeout(limit, run(&mut second, "BEGIN")).await {
        Ok(Ok(())) => {}
        // PgBouncer in statement mode allows no transaction.
        Ok(Err(error)) if sqlstate::of(&error).as_deref() == Some(PROTOCOL_VIOLATION) => {
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

async fn is_still_marked(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    for _ in 0..READS {
        if text(connection, READ_MARK).await? != MARKED {
            return Ok(false);
        }
    }
    Ok(true)
}
