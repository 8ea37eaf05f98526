//! The check that a file is one of the source: some of its first rows can be read.

use std::path::PathBuf;

use super::{ImportRefusal, SourceFiles, pending::PendingRow};

/// The number of rows after which a file without a readable row is given up. Fewer than a transaction has, so that nothing
/// of the file was stored.
const ROWS: u64 = 100;

/// No row at the beginning of a file can be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: the first {ROWS} rows are malformed ({cause}): check that --from names the system that wrote the file", path.display())]
pub struct OtherFormat {
    path: PathBuf,
    cause: String,
}

/// Counts the malformed rows at the beginning of a file. Rows without an email do not count: a file may begin with many
/// users who have none.
#[derive(Default)]
pub(super) struct FileBeginning {
    file: usize,
    malformed: u64,
    is_passed: bool,
}

impl FileBeginning {
    /// Counts the next row.
    ///
    /// # Errors
    /// The row and all rows before it in the file are malformed, and they are [`ROWS`].
    pub(super) fn check(
        &mut self,
        row: &PendingRow,
        files: &SourceFiles,
    ) -> Result<(), OtherFormat> {
        if row.file != self.file {
            *self = Self {
                file: row.file,
                ..Self::default()
            };
        }
        let refusal = row.row.as_ref().err();
        let malformed = refusal.filter(|refusal| refusal.reason == ImportRefusal::Malformed);
        let Some(refusal) = malformed.filter(|_| !self.is_passed) else {
            self.is_passed = true;
            return Ok(());
        };
        self.malformed += 1;
        if self.malformed < ROWS {
            return Ok(());
        }
        let cause = refusal.cause.as_deref();
        Err(OtherFormat {
            path: files.path(row.file),
            cause: cause.unwrap_or(refusal.reason.as_str()).to_owned(),
        })
    }
}
