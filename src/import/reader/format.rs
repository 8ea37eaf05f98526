//! The formats of files, and the rows that are read from them.

use crate::import::row::SourceRow;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) enum RowFormat {
    /// One JSON object on each line.
    JsonLines,
    /// An array of JSON objects.
    JsonArray,
    /// A JSON object with a member `users`, which is an array of objects.
    UsersDocument,
    /// CSV whose first record has the names of the columns.
    Csv,
    /// CSV whose columns have these names in this order. A record may have further columns.
    HeaderlessCsv(&'static [&'static str]),
}

impl RowFormat {
    /// Returns the name for people.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::JsonLines => "JSON Lines (one object on each line)",
            Self::JsonArray => "a JSON array of objects",
            Self::UsersDocument => "a JSON object with an array \"users\"",
            Self::Csv => "CSV with the names of the columns in the first line",
            Self::HeaderlessCsv(_) => "CSV",
        }
    }
}

/// The next row of a file.
pub(in crate::import) enum NextRow {
    /// A row and the number of its first line.
    Row(u64, SourceRow),
    /// A text that is no row. The text says why.
    Broken(u64, &'static str),
    /// The rest of the file is in none of the expected formats. The text says what was expected.
    Unreadable(u64, String),
    /// The file has ended.
    End,
}
