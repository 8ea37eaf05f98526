//! Better Auth: the rows of `user` and `account`.

use super::user_row;
use crate::import::{
    ImportOptions,
    record::{ImportedIdentity, ImportedRow, ImportedUser},
    refusal::RowRefusal,
    row::SourceRow,
};

/// The columns of `account` that `user` lacks.
pub(in crate::import) const IDENTITY_COLUMNS: &[&str] = &["providerId", "userId"];

/// The provider of the row with the password.
const PASSWORD: &str = "credential";

/// Reads a row of `user`.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let account = options.source_account(row.required("id")?);
    let created_at = options.past(row, "createdAt")?;
    let user = ImportedUser::new(row.text("email")?.as_deref(), account, created_at)?
        .verified(row.flag("emailVerified")?)
        .named(&[row.text("name")?])
        .pictured(row.text("image")?)
        .disabled(row.flag("banned")?);
    Ok(user_row(user))
}

/// Reads a row of `account`.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn identity(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let owner = options.source_account(row.required("userId")?);
    let provider = row.required("providerId")?;
    let (account, hash) = if provider == PASSWORD {
        let hash = options.hash(row.text("password")?.as_deref())?;
        (None, hash)
    } else {
        let account = options
            .providers
            .account(&provider, row.text("accountId")?)?;
        (Some(account), None)
    };
    if account.is_none() && hash.is_none() {
        return Ok(ImportedRow::Skipped);
    }
    Ok(ImportedRow::Identity(Box::new(ImportedIdentity {
        owner,
        account,
        hash,
    })))
}
