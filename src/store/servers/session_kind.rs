//! The kind of session that `target_session_attrs` asks for.

use sqlx::PgConnection;

use crate::{config::TargetSessionAttrs, store::unprepared::text};

/// Returns `on` if the session accepts no writes, and `off` otherwise.
pub(in crate::store) const READ_ONLY: &str = "SHOW transaction_read_only";

/// Returns `true` if the server is a standby.
const STANDBY: &str = "SELECT pg_is_in_recovery()::text";

/// Asks an open connection whether its session is of the wanted kind.
pub(super) async fn is_session_of(
    target: TargetSessionAttrs,
    connection: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    Ok(match target {
        TargetSessionAttrs::Any => true,
        TargetSessionAttrs::ReadWrite => text(connection, READ_ONLY).await? == "off",
        TargetSessionAttrs::Primary => text(connection, STANDBY).await? == "false",
    })
}
