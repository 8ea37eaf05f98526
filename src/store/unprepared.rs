//! Statements of PostgreSQL that are not prepared, because a prepared statement may fail behind a pooler.

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

/// Runs a statement.
///
/// # Errors
/// The statement or the connection fails.
pub(super) async fn run(
    connection: &mut PgConnection,
    statement: &'static str,
) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

/// Reads one text.
///
/// # Errors
/// The connection fails, or the result is no text.
pub(super) async fn text(
    connection: &mut PgConnection,
    statement: &'static str,
) -> Result<String, sqlx::Error> {
    let row = connection.fetch_one(AssertSqlSafe(statement)).await?;
    row.try_get(0)
}
