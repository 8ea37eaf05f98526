//! The consequence of a database error for the connection that met it.

use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
    sqlite::SqliteError,
};

/// What happens to a connection after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The error belongs to the statement, its data or its transaction. The connection stays usable.
    Keep,
    /// The connection is lost or in an unknown state. It is closed, and every connection that rested
    /// meanwhile is checked before its next use.
    Close,
    /// Its prepared statements, its view of the schema or its server are outdated. It is closed with
    /// all connections that were opened before the error.
    CloseOlder,
    /// The connection accepts no writes. After a failover or a change of settings a new connection may;
    /// on a read replica none does. As `CloseOlder`, but not more often than once a second.
    ReadOnly,
}

/// An operation that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: sqlx::Error,
    /// Whether no statement of the operation was sent that changes anything.
    pub(super) unsent: bool,
}

impl Failure {
    /// An operation that failed before its first statement was sent.
    pub(super) fn before_sending(error: sqlx::Error) -> Self {
        Self {
            error,
            unsent: true,
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self {
            error,
            unsent: false,
        }
    }
}

impl Fate {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error;

        match error {
            Error::Database(error) => Self::of_answer(&**error),
            // A value in one row that cannot be read, or an argument: any connection would say so.
            Error::ColumnDecode { .. }
            | Error::Decode(_)
            | Error::Encode(_)
            | Error::RowNotFound
            | Error::InvalidArgument(_) => Self::Keep,
            // The columns and types that were cached with a prepared statement.
            Error::ColumnNotFound(_)
            | Error::ColumnIndexOutOfBounds { .. }
            | Error::TypeNotFound { .. } => Self::CloseOlder,
            // Io, Tls, Protocol, WorkerCrashed, BeginFailed, and what sqlx adds later.
            _ => Self::Close,
        }
    }

    fn of_answer(error: &dyn DatabaseError) -> Self {
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

    /// By SQLSTATE (PostgreSQL documentation, appendix A).
    fn of_sqlstate(code: &str, ends_connection: bool) -> Self {
        if ends_connection {
            return Self::Close;
        }
        match code {
            // 0A000: cached plan must not change result type. 26000, 42P05: a prepared statement that the
            // server does not know, or knows already. The others: an undefined schema, table, column,
            // function or object, or a mismatched type; the search path of a session decides what it sees.
            "0A000" | "26000" | "42P05" | "3F000" | "42P01" | "42703" | "42883" | "42704"
            | "42804" => Self::CloseOlder,
            "25006" => Self::ReadOnly,
            // The disk is full; the statement was cancelled.
            "53100" | "57014" => Self::Keep,
            _ => match code.get(..2) {
                // Internal error: a cache of the session names an object that is gone; corrupted data.
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

    /// By extended result code (<https://sqlite.org/rescode.html>).
    fn of_sqlite(code: i32) -> Self {
        const READONLY: i32 = 8;

        match (code & 0xff, code) {
            // ABORT, BUSY, LOCKED, INTERRUPT, FULL, TOOBIG, CONSTRAINT, MISMATCH, RANGE.
            (4 | 5 | 6 | 9 | 13 | 18 | 19 | 20 | 25, _) => Self::Keep,
            // A file that could not be opened for writing is read from for ever.
            (_, READONLY) => Self::ReadOnly,
            // READONLY_DBMOVED and its kind; CORRUPT, SCHEMA, NOTADB.
            (READONLY | 11 | 17 | 26, _) => Self::CloseOlder,
            // IOERR, NOMEM, CANTOPEN, PROTOCOL, and any other.
            _ => Self::Close,
        }
    }
}

/// Whether SQLite refused because another connection or process holds a lock (BUSY, LOCKED).
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(sqlite_code(error), Some(5 | 6))
}

/// The primary result code of SQLite (<https://sqlite.org/rescode.html>).
fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let error = error.as_database_error();
    let error = error.filter(|it| it.try_downcast_ref::<SqliteError>().is_some());
    let code = error.and_then(DatabaseError::code)?;
    let code: i32 = code.parse().ok()?;
    Some(code & 0xff)
}

/// The remedy of an error of SQLite that an operator can mend, in parentheses. Empty for others.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sqlstate_decides_about_its_connection() {
        let rows = [
            // Of the statement, its data or its transaction.
            ("22001", Fate::Keep),
            ("22P02", Fate::Keep),
            ("23503", Fate::Keep),
            ("23505", Fate::Keep),
            ("40001", Fate::Keep),
            ("40P01", Fate::Keep),
            ("42501", Fate::Keep),
            ("42601", Fate::Keep),
            ("53100", Fate::Keep),
            ("54000", Fate::Keep),
            ("55P03", Fate::Keep),
            ("57014", Fate::Keep),
            ("P0001", Fate::Keep),
            // Of the connection.
            ("08000", Fate::Close),
            ("08006", Fate::Close),
            ("08P01", Fate::Close),
            ("25001", Fate::Close),
            ("25P02", Fate::Close),
            ("25P03", Fate::Close),
            ("28P01", Fate::Close),
            ("2D000", Fate::Close),
            ("34000", Fate::Close),
            ("3D000", Fate::Close),
            ("53200", Fate::Close),
            ("53300", Fate::Close),
            ("53400", Fate::Close),
            ("57P01", Fate::Close),
            ("57P02", Fate::Close),
            ("57P03", Fate::Close),
            ("57P04", Fate::Close),
            ("57P05", Fate::Close),
            ("58030", Fate::Close),
            ("F0000", Fate::Close),
            ("", Fate::Close),
            ("ZZ999", Fate::Close),
            // Of the prepared statements, the schema as the session sees it, or the server.
            ("0A000", Fate::CloseOlder),
            ("26000", Fate::CloseOlder),
            ("3F000", Fate::CloseOlder),
            ("42703", Fate::CloseOlder),
            ("42883", Fate::CloseOlder),
            ("42P01", Fate::CloseOlder),
            ("42P05", Fate::CloseOlder),
            ("XX000", Fate::CloseOlder),
            ("XX001", Fate::CloseOlder),
            ("25006", Fate::ReadOnly),
        ];
        for (code, fate) in rows {
            assert_eq!(Fate::of_sqlstate(code, false), fate, "{code}");
            assert_eq!(Fate::of_sqlstate(code, true), Fate::Close, "fatal {code}");
        }
    }

    #[test]
    fn each_result_code_of_sqlite_decides_about_its_connection() {
        let rows = [
            ("BUSY", 5, Fate::Keep),
            ("BUSY_SNAPSHOT", 517, Fate::Keep),
            ("LOCKED", 6, Fate::Keep),
            ("INTERRUPT", 9, Fate::Keep),
            ("FULL", 13, Fate::Keep),
            ("CONSTRAINT_UNIQUE", 2067, Fate::Keep),
            ("ERROR", 1, Fate::Close),
            ("NOMEM", 7, Fate::Close),
            ("IOERR", 10, Fate::Close),
            ("IOERR_FSYNC", 1034, Fate::Close),
            ("CANTOPEN", 14, Fate::Close),
            ("PROTOCOL", 15, Fate::Close),
            ("MISUSE", 21, Fate::Close),
            ("READONLY_ROLLBACK", 776, Fate::CloseOlder),
            ("READONLY_DBMOVED", 1032, Fate::CloseOlder),
            ("CORRUPT", 11, Fate::CloseOlder),
            ("CORRUPT_INDEX", 779, Fate::CloseOlder),
            ("SCHEMA", 17, Fate::CloseOlder),
            ("NOTADB", 26, Fate::CloseOlder),
            ("READONLY", 8, Fate::ReadOnly),
        ];
        for (name, code, fate) in rows {
            assert_eq!(Fate::of_sqlite(code), fate, "{name}");
        }
    }

    #[test]
    fn each_error_of_the_driver_decides_about_its_connection() {
        use sqlx::Error;

        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let rows = [
            (Error::Io(broken()), Fate::Close),
            (Error::Tls(Box::new(broken())), Fate::Close),
            (Error::Protocol("desynchronized".to_owned()), Fate::Close),
            (Error::WorkerCrashed, Fate::Close),
            (Error::BeginFailed, Fate::Close),
            (Error::InvalidSavePointStatement, Fate::Close),
            (Error::RowNotFound, Fate::Keep),
            (Error::Decode(Box::new(broken())), Fate::Keep),
            (Error::Encode(Box::new(broken())), Fate::Keep),
            (Error::ColumnNotFound("name".to_owned()), Fate::CloseOlder),
            (
                Error::ColumnIndexOutOfBounds { index: 3, len: 2 },
                Fate::CloseOlder,
            ),
        ];
        for (error, fate) in rows {
            assert_eq!(Fate::of(&error), fate, "{error}");
        }
    }
}
