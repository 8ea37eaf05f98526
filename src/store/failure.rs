//! The consequence of a database error for the connection that met it.

pub(super) mod sqlstate;

use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
    sqlite::SqliteError,
};

/// The fate of a connection after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionFate {
    /// The error belongs to the statement, its data or its transaction. The connection stays usable.
    Keep,
    /// The connection is lost or in an unknown state. It is closed, and every connection that is idle now is
    /// checked before its next use.
    Close,
    /// The prepared statements, the view of the schema or the server of the connection are outdated. It is
    /// closed together with all connections that were opened before the error.
    CloseOlder,
    /// The connection accepts no writes. A new connection may accept them after a failover or a change of
    /// settings, but not on a read replica. Handled as `CloseOlder`, at most once a second.
    ReadOnly,
}

/// An operation that failed.
#[derive(Debug)]
pub(super) struct OperationFailure {
    pub(super) error: sqlx::Error,
    /// `true` if the operation has sent no statement that changes anything.
    pub(super) unsent: bool,
}

impl OperationFailure {
    /// Creates the failure of an operation that has not sent its first statement.
    pub(super) fn before_sending(error: sqlx::Error) -> Self {
        Self {
            error,
            unsent: true,
        }
    }
}

impl From<sqlx::Error> for OperationFailure {
    fn from(error: sqlx::Error) -> Self {
        Self {
            error,
            unsent: false,
        }
    }
}

/// A conflict with another transaction. The server has rolled this one back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    /// SQLSTATE 40001.
    Serialization,
    /// SQLSTATE 40P01.
    Deadlock,
}

impl Conflict {
    pub(super) fn of(error: &sqlx::Error) -> Option<Self> {
        match sqlstate::of(error)?.as_str() {
            sqlstate::SERIALIZATION_FAILURE => Some(Self::Serialization),
            sqlstate::DEADLOCK_DETECTED => Some(Self::Deadlock),
            _ => None,
        }
    }
}

/// Returns whether an engine lacks a function (SQLSTATE 42883, 0A000) or this user may not call it (42501).
pub(super) fn is_unsupported(error: &sqlx::Error) -> bool {
    matches!(
        sqlstate::of(error).as_deref(),
        Some(
            sqlstate::UNDEFINED_FUNCTION
                | sqlstate::FEATURE_NOT_SUPPORTED
                | sqlstate::INSUFFICIENT_PRIVILEGE
        )
    )
}

impl ConnectionFate {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error;

        match error {
            Error::Database(error) => Self::of_database_error(&**error),
            // A value of one row or an argument cannot be converted: every connection would fail alike.
            Error::ColumnDecode { .. }
            | Error::Decode(_)
            | Error::Encode(_)
            | Error::RowNotFound
            | Error::InvalidArgument(_) => Self::Keep,
            // The columns or types cached with a prepared statement are outdated.
            Error::ColumnNotFound(_)
            | Error::ColumnIndexOutOfBounds { .. }
            | Error::TypeNotFound { .. } => Self::CloseOlder,
            // Io, Tls, Protocol, WorkerCrashed, BeginFailed, and what sqlx adds later.
            _ => Self::Close,
        }
    }

    fn of_database_error(error: &dyn DatabaseError) -> Self {
        if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
            let severity = error.severity();
            let ends_connection = matches!(severity, PgSeverity::Fatal | PgSeverity::Panic);
            Self::of_sqlstate(error.code(), ends_connection)
        } else if error.try_downcast_ref::<SqliteError>().is_some() {
            let code = error.code();
            let code = code.and_then(|code| code.parse().ok());
            code.map_or(Self::Close, Self::of_sqlite)
        } else {
            Self::Close
        }
    }

    /// Returns the fate for a SQLSTATE (PostgreSQL documentation, appendix A).
    fn of_sqlstate(code: &str, ends_connection: bool) -> Self {
        if ends_connection {
            return Self::Close;
        }
        match code {
            // The cached plan must not change its result type; the prepared statement does not exist on the
            // server, or exists already. The others: an undefined schema, table, column, function
            // or object, or a mismatched type; the search path of a session decides which ones are visible.
            sqlstate::FEATURE_NOT_SUPPORTED
            | sqlstate::INVALID_SQL_STATEMENT_NAME
            | sqlstate::DUPLICATE_PREPARED_STATEMENT
            | sqlstate::INVALID_SCHEMA_NAME
            | sqlstate::UNDEFINED_TABLE
            | sqlstate::UNDEFINED_COLUMN
            | sqlstate::UNDEFINED_FUNCTION
            | sqlstate::UNDEFINED_OBJECT
            | sqlstate::DATATYPE_MISMATCH => Self::CloseOlder,
            sqlstate::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly,
            sqlstate::DISK_FULL | sqlstate::QUERY_CANCELED => Self::Keep,
            _ => match code.get(..2) {
                // Internal error: a cache of the session refers to a deleted object, or data are corrupted.
                Some("XX") => Self::CloseOlder,
                // Warnings, data, constraints, triggers, routines, rollbacks by the server, access
                // rules, program limits, locks, raised exceptions, foreign data.
                Some(
                    "01" | "02" | "09" | "20" | "21" | "22" | "23" | "27" | "2F" | "38" | "39"
                    | "40" | "42" | "44" | "54" | "55" | "72" | "HV" | "P0",
                ) => Self::Keep,
                // 08 connection, 25 transaction state, 28 authorization, 53 resources, 57 operator
                // intervention, 58 system, F0 configuration, and any other.
                _ => Self::Close,
            },
        }
    }

    /// Returns the fate for an extended result code (<https://sqlite.org/rescode.html>).
    fn of_sqlite(code: i32) -> Self {
        const READONLY: i32 = 8;

        match (code & 0xff, code) {
            // ABORT, BUSY, LOCKED, INTERRUPT, FULL, TOOBIG, CONSTRAINT, MISMATCH, RANGE.
            (4 | 5 | 6 | 9 | 13 | 18 | 19 | 20 | 25, _) => Self::Keep,
            // SQLite keeps a file that could not be opened for writing open for reading only.
            (_, READONLY) => Self::ReadOnly,
            // READONLY_DBMOVED and the other extended codes; CORRUPT, SCHEMA, NOTADB.
            (READONLY | 11 | 17 | 26, _) => Self::CloseOlder,
            // IOERR, NOMEM, CANTOPEN, PROTOCOL, and any other.
            _ => Self::Close,
        }
    }
}

/// Returns whether SQLite refused because another connection or process holds a lock (BUSY, LOCKED).
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(sqlite_code(error), Some(5 | 6))
}

/// Returns the primary result code of a SQLite error (<https://sqlite.org/rescode.html>).
fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let error = error.as_database_error();
    let error = error.filter(|it| it.try_downcast_ref::<SqliteError>().is_some());
    let code = error.and_then(DatabaseError::code)?;
    let code: i32 = code.parse().ok()?;
    Some(code & 0xff)
}

/// Returns the remedy, in parentheses, for a SQLite error that an operator can repair. Empty for others.
pub(super) fn remedy(error: &sqlx::Error) -> &'static str {
    match sqlite_code(error) {
        Some(5 | 6) => " (another process holds a lock on the file: wait until it ends, or end it)",
        Some(8) => " (the file or its folder is read-only: let this user write to both)",
        Some(10 | 13) => " (the disk is full or fails: free some space, or replace the disk)",
        Some(11) => " (the file is damaged: restore a backup)",
        Some(14) => " (the path must be a file, and this user must be able to read and write it)",
        Some(26) => " (the file is no SQLite database: check the path)",
        _ => "",
    }
}

/// Returns the cause of an error, without the line in the source of PostgreSQL that sqlx adds.
pub(super) fn cause(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        // sqlx adds only that the database is meant.
        sqlx::Error::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

/// Returns what an operator can do about a PostgreSQL server that cannot be used at the start.
pub(super) fn next_step(error: &super::Error) -> Option<&'static str> {
    let error = match error {
        super::Error::TimedOut => {
            return Some(
                "Check that the server runs, and that no firewall drops connections to it.",
            );
        }
        super::Error::Database(error) => error,
        _ => return None,
    };
    match error {
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            Some("Start the server, or correct the host and the port.")
        }
        // The text names several servers.
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::Other => None,
        sqlx::Error::Io(_) => {
            Some("Check the host and the port, and that this machine can reach them.")
        }
        sqlx::Error::Tls(_) => {
            Some("Check sslmode, sslrootcert and the certificate of the server.")
        }
        sqlx::Error::Database(error) => match error.code()?.as_ref() {
            sqlstate::INVALID_PASSWORD => Some("Correct the user and the password."),
            sqlstate::INVALID_AUTHORIZATION_SPECIFICATION => {
                Some("Allow this user from this machine in pg_hba.conf, or correct the user.")
            }
            sqlstate::INVALID_CATALOG_NAME => {
                Some("Create the database with `createdb`, or correct its name.")
            }
            sqlstate::INSUFFICIENT_PRIVILEGE => {
                Some("Grant the user CREATE on the schema, or let it own the tables.")
            }
            sqlstate::TOO_MANY_CONNECTIONS => {
                Some("Raise max_connections of the server, or lower database.connections.")
            }
            sqlstate::CANNOT_CONNECT_NOW => Some("Wait until the server has started."),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sqlstate_has_a_connection_fate() {
        let rows = [
            // Errors of the statement, its data or its transaction.
            ("22001", ConnectionFate::Keep),
            ("22P02", ConnectionFate::Keep),
            ("23503", ConnectionFate::Keep),
            ("23505", ConnectionFate::Keep),
            ("40001", ConnectionFate::Keep),
            ("40P01", ConnectionFate::Keep),
            ("42501", ConnectionFate::Keep),
            ("42601", ConnectionFate::Keep),
            ("53100", ConnectionFate::Keep),
            ("54000", ConnectionFate::Keep),
            ("55P03", ConnectionFate::Keep),
            ("57014", ConnectionFate::Keep),
            ("P0001", ConnectionFate::Keep),
            // Errors of the connection.
            ("08000", ConnectionFate::Close),
            ("08006", ConnectionFate::Close),
            ("08P01", ConnectionFate::Close),
            ("25001", ConnectionFate::Close),
            ("25P02", ConnectionFate::Close),
            ("25P03", ConnectionFate::Close),
            ("28P01", ConnectionFate::Close),
            ("2D000", ConnectionFate::Close),
            ("34000", ConnectionFate::Close),
            ("3D000", ConnectionFate::Close),
            ("53200", ConnectionFate::Close),
            ("53300", ConnectionFate::Close),
            ("53400", ConnectionFate::Close),
            ("57P01", ConnectionFate::Close),
            ("57P02", ConnectionFate::Close),
            ("57P03", ConnectionFate::Close),
            ("57P04", ConnectionFate::Close),
            ("57P05", ConnectionFate::Close),
            ("58030", ConnectionFate::Close),
            ("F0000", ConnectionFate::Close),
            ("", ConnectionFate::Close),
            ("ZZ999", ConnectionFate::Close),
            // Errors of the prepared statements, of the schema as the session sees it, or of the server.
            ("0A000", ConnectionFate::CloseOlder),
            ("26000", ConnectionFate::CloseOlder),
            ("3F000", ConnectionFate::CloseOlder),
            ("42703", ConnectionFate::CloseOlder),
            ("42883", ConnectionFate::CloseOlder),
            ("42P01", ConnectionFate::CloseOlder),
            ("42P05", ConnectionFate::CloseOlder),
            ("XX000", ConnectionFate::CloseOlder),
            ("XX001", ConnectionFate::CloseOlder),
            ("25006", ConnectionFate::ReadOnly),
        ];
        for (code, fate) in rows {
            assert_eq!(ConnectionFate::of_sqlstate(code, false), fate, "{code}");
            assert_eq!(
                ConnectionFate::of_sqlstate(code, true),
                ConnectionFate::Close,
                "fatal {code}"
            );
        }
    }

    #[test]
    fn each_sqlite_result_code_has_a_connection_fate() {
        let rows = [
            ("BUSY", 5, ConnectionFate::Keep),
            ("BUSY_SNAPSHOT", 517, ConnectionFate::Keep),
            ("LOCKED", 6, ConnectionFate::Keep),
            ("INTERRUPT", 9, ConnectionFate::Keep),
            ("FULL", 13, ConnectionFate::Keep),
            ("CONSTRAINT_UNIQUE", 2067, ConnectionFate::Keep),
            ("ERROR", 1, ConnectionFate::Close),
            ("NOMEM", 7, ConnectionFate::Close),
            ("IOERR", 10, ConnectionFate::Close),
            ("IOERR_FSYNC", 1034, ConnectionFate::Close),
            ("CANTOPEN", 14, ConnectionFate::Close),
            ("PROTOCOL", 15, ConnectionFate::Close),
            ("MISUSE", 21, ConnectionFate::Close),
            ("READONLY_ROLLBACK", 776, ConnectionFate::CloseOlder),
            ("READONLY_DBMOVED", 1032, ConnectionFate::CloseOlder),
            ("CORRUPT", 11, ConnectionFate::CloseOlder),
            ("CORRUPT_INDEX", 779, ConnectionFate::CloseOlder),
            ("SCHEMA", 17, ConnectionFate::CloseOlder),
            ("NOTADB", 26, ConnectionFate::CloseOlder),
            ("READONLY", 8, ConnectionFate::ReadOnly),
        ];
        for (name, code, fate) in rows {
            assert_eq!(ConnectionFate::of_sqlite(code), fate, "{name}");
        }
    }

    #[test]
    fn each_driver_error_has_a_connection_fate() {
        use sqlx::Error;

        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let rows = [
            (Error::Io(broken()), ConnectionFate::Close),
            (Error::Tls(Box::new(broken())), ConnectionFate::Close),
            (
                Error::Protocol("desynchronized".to_owned()),
                ConnectionFate::Close,
            ),
            (Error::WorkerCrashed, ConnectionFate::Close),
            (Error::BeginFailed, ConnectionFate::Close),
            (Error::InvalidSavePointStatement, ConnectionFate::Close),
            (Error::RowNotFound, ConnectionFate::Keep),
            (Error::Decode(Box::new(broken())), ConnectionFate::Keep),
            (Error::Encode(Box::new(broken())), ConnectionFate::Keep),
            (
                Error::ColumnNotFound("name".to_owned()),
                ConnectionFate::CloseOlder,
            ),
            (
                Error::ColumnIndexOutOfBounds { index: 3, len: 2 },
                ConnectionFate::CloseOlder,
            ),
        ];
        for (error, fate) in rows {
            assert_eq!(ConnectionFate::of(&error), fate, "{error}");
        }
    }
}
