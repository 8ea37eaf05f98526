//! The rows of a batch, whose outcome is open.

use super::{
    ImportObserver, ImportOptions, ImportRefusal, ImportReport, SourceFiles, files::FileRow,
    known::Decision, reader::NextRow, record::ImportedRow, refusal::RowRefusal, report::RefusedRow,
};
use crate::{
    entropy::{Entropy, EntropyError},
    identity::{External, StoredVerifier, UserId},
};

/// A row whose outcome is open.
pub(super) struct PendingRow {
    pub(super) file: usize,
    pub(super) line: u64,
    /// The number of the element, if the file is an array.
    element: Option<u64>,
    pub(super) row: Result<ImportedRow, RowRefusal>,
    /// The row is the rest of the file, which cannot be read.
    is_rest: bool,
    /// The account with the ID at the source, if accounts of the user are in other rows.
    pub(super) owner: Option<External>,
    pub(super) verifier: Option<StoredVerifier>,
    pub(super) outcome: Option<Decision>,
}

impl PendingRow {
    /// Reads a row of a file.
    pub(super) fn read(row: FileRow, options: &ImportOptions) -> Self {
        let source = options.source;
        let (mut owner, mut is_rest) = (None, false);
        let (line, read) = match row.next {
            NextRow::Row(line, row) => {
                owner = source.owner(&row, options);
                (line, source.read(&row, options))
            }
            NextRow::Broken(line, cause) => (line, Err(RowRefusal::malformed(cause))),
            NextRow::Unreadable(line, problem) => {
                is_rest = true;
                (line, Err(RowRefusal::malformed(problem)))
            }
            NextRow::End => (0, Ok(ImportedRow::Skipped)),
        };
        Self {
            file: row.file,
            line,
            element: row.element,
            row: read,
            is_rest,
            owner,
            verifier: None,
            outcome: None,
        }
    }

    /// Returns the ID of the user whom the row would create.
    ///
    /// # Errors
    /// The random source fails.
    pub(super) fn new_id(&self, entropy: &Entropy) -> Result<UserId, EntropyError> {
        match &self.row {
            Ok(ImportedRow::User(user)) => match user.id {
                Some(id) => Ok(id),
                None => UserId::new(user.created_at, entropy),
            },
            _ => Ok(UserId::BEFORE_ALL),
        }
    }

    /// Counts the row and tells the observer about it.
    pub(super) fn report(
        &self,
        files: &SourceFiles,
        report: &mut ImportReport,
        observer: &mut impl ImportObserver,
    ) {
        match self.outcome {
            Some(Decision::Create) => {
                report.imported += 1;
                report.passwords += u64::from(self.has_password());
                if let Ok(ImportedRow::User(user)) = &self.row {
                    observer.has_role(&user.role);
                    user.accounts.iter().for_each(|it| observer.has_account(it));
                }
            }
            Some(Decision::Unchanged) => report.unchanged += 1,
            Some(Decision::Refuse(reason)) => {
                report.refused += 1;
                observer.refused(RefusedRow {
                    file: &files.path(self.file),
                    line: self.line,
                    element: self.element,
                    reason,
                    cause: self.cause(reason),
                    is_rest: self.is_rest,
                });
            }
            Some(Decision::Add(_)) => {
                report.passwords += u64::from(self.has_password());
                if let Ok(ImportedRow::Identity(identity)) = &self.row {
                    let account = identity.account.iter();
                    account.for_each(|it| observer.has_account(it));
                }
            }
            Some(Decision::Nothing) | None => {}
        }
    }

    /// Returns whether the row has a password, of which the verifier is made unless this is a dry run.
    fn has_password(&self) -> bool {
        let has_hash = match &self.row {
            Ok(ImportedRow::User(user)) => user.hash.is_some(),
            Ok(ImportedRow::Identity(identity)) => identity.hash.is_some(),
            Ok(ImportedRow::Skipped) | Err(_) => false,
        };
        has_hash || self.verifier.is_some()
    }

    /// Returns the cause of a refusal.
    fn cause(&self, reason: ImportRefusal) -> Option<&str> {
        match &self.row {
            Err(refusal) => refusal.cause.as_deref(),
            Ok(_) if reason == ImportRefusal::Malformed => {
                Some("the user of the row was not imported")
            }
            Ok(_) => None,
        }
    }
}
