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

/// A row that is refused.
#[derive(Debug, Clone, Copy)]
pub struct RefusedRow<'a> {
    /// The path of the file.
    pub file: &'a Path,
    /// The number of the line.
    pub line: u64,
    /// The number of the element, if the file is a JSON array.
    pub element: Option<u64>,
    /// The reason.
    pub reason: ImportRefusal,
    /// The cause for people. Absent if the reason says everything.
    pub cause: Option<&'a str>,
    /// Set if the row stands for the file or the rest of it, because that is in none of the formats of the source.
    pub is_rest: bool,
}

/// Is told about the progress of an import.
pub trait ImportObserver {
    /// A row is refused.
    fn refused(&mut self, refusal: RefusedRow<'_>);
    /// A user has this role and is, or would be, stored.
    fn has_role(&mut self, role: &Role);
    /// A user has this account and is, or would be, stored.
    fn has_account(&mut self, account: &External);
    /// Some rows are done, and this number of bytes was read.
    fn advanced(&mut self, bytes: u64);
}
