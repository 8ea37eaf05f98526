//! The report of an import: the numbers, and the observer of the rows.

use std::path::Path;

use super::ImportRefusal;
use crate::identity::{External, Role};

/// The numbers of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The users who were stored.
    pub imported: u64,
    /// The users who were there already.
    pub unchanged: u64,
    /// The rows that were refused.
    pub refused: u64,
    /// The passwords that were stored.
    pub passwords: u64,
}

/// Is told about the progress of an import.
pub trait ImportObserver {
    /// A row is refused. The cause is for people, and is absent if the reason says everything.
    fn refused(&mut self, file: &Path, line: u64, reason: ImportRefusal, cause: Option<&str>);
    /// A user has this role and is, or would be, stored.
    fn has_role(&mut self, role: &Role);
    /// A user has this account and is, or would be, stored.
    fn has_account(&mut self, account: &External);
    /// A file, or the rest of it, is in none of the formats of the source, and is refused as one malformed row.
    fn unreadable(&mut self, file: &Path, line: u64, problem: &str);
    /// Some rows are done, and this number of bytes was read.
    fn advanced(&mut self, bytes: u64);
}
