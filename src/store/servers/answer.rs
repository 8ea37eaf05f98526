//! The answer of a PostgreSQL server to a probe.

use sqlx::PgConnection;

use super::{
    freshness::{Position, parse_position},
    role::ServerRole,
};
use crate::store::{failure::sqlstate, unprepared::text};

/// Returns whether the session is read-only, the position in the log, the timeline, which only a primary tells.
const STATE: &str = "\
    SELECT concat_ws(' ', current_setting('transaction_read_only'), \
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, \
        CASE WHEN pg_is_in_recovery() THEN '-' \
            ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END)";

/// The same without the position, for engines that do not tell it.
const READ_ONLY: &str = "SHOW transaction_read_only";

/// The answer of a server.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) role: ServerRole,
    pub(super) position: Option<Position>,
    pub(super) timeline: String,
}

impl Answer {
    /// Asks a server.
    ///
    /// # Errors
    /// The connection fails, or the server does not answer the question.
    pub(super) async fn of(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        const UNDEFINED_FUNCTION: &str = "42883";
        const NOT_SUPPORTED: &str = "0A000";

        let state = match text(connection, STATE).await {
            Err(error)
                if matches!(
                    sqlstate(&error).as_deref(),
                    Some(UNDEFINED_FUNCTION | NOT_SUPPORTED)
                ) =>
            {
                text(connection, READ_ONLY).await?
            }
            state => state?,
        };
        let mut words = state.split(' ');
        let is_read_only = words.next() == Some("on");
        Ok(Self {
            role: if is_read_only {
                ServerRole::Replica
            } else {
                ServerRole::Primary
            },
            position: words.next().and_then(parse_position),
            timeline: words.next().unwrap_or("-").to_owned(),
        })
    }
}
