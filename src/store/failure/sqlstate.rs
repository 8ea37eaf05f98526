//! The SQLSTATEs that have a consequence, by their names in the documentation of PostgreSQL (appendix A).

use sqlx::postgres::PgDatabaseError;

pub(in crate::store) const FEATURE_NOT_SUPPORTED: &str = "0A000";
pub(in crate::store) const PROTOCOL_VIOLATION: &str = "08P01";
pub(in crate::store) const READ_ONLY_SQL_TRANSACTION: &str = "25006";
pub(in crate::store) const INVALID_SQL_STATEMENT_NAME: &str = "26000";
pub(in crate::store) const INVALID_AUTHORIZATION_SPECIFICATION: &str = "28000";
pub(in crate::store) const INVALID_PASSWORD: &str = "28P01";
pub(in crate::store) const INVALID_CATALOG_NAME: &str = "3D000";
pub(in crate::store) const INVALID_SCHEMA_NAME: &str = "3F000";
pub(in crate::store) const SERIALIZATION_FAILURE: &str = "40001";
pub(in crate::store) const DEADLOCK_DETECTED: &str = "40P01";
pub(in crate::store) const INSUFFICIENT_PRIVILEGE: &str = "42501";
pub(in crate::store) const UNDEFINED_COLUMN: &str = "42703";
pub(in crate::store) const UNDEFINED_OBJECT: &str = "42704";
pub(in crate::store) const DATATYPE_MISMATCH: &str = "42804";
pub(in crate::store) const UNDEFINED_FUNCTION: &str = "42883";
pub(in crate::store) const UNDEFINED_TABLE: &str = "42P01";
pub(in crate::store) const DUPLICATE_PREPARED_STATEMENT: &str = "42P05";
pub(in crate::store) const DISK_FULL: &str = "53100";
pub(in crate::store) const TOO_MANY_CONNECTIONS: &str = "53300";
pub(in crate::store) const QUERY_CANCELED: &str = "57014";
pub(in crate::store) const CANNOT_CONNECT_NOW: &str = "57P03";

/// Returns the SQLSTATE of an error of PostgreSQL.
pub(in crate::store) fn of(error: &sqlx::Error) -> Option<String> {
    let error = error.as_database_error()?;
    let error = error.try_downcast_ref::<PgDatabaseError>()?;
    Some(error.code().to_owned())
}
