//! ASP.NET Core Identity: the rows of `AspNetUsers` and `AspNetUserLogins`.

use super::user_row;
use crate::{
    import::{
        ImportOptions,
        record::{ImportedIdentity, ImportedRow, ImportedUser},
        refusal::RowRefusal,
        row::SourceRow,
    },
    password::ForeignHash,
};

/// The columns of `AspNetUserLogins` that `AspNetUsers` lacks.
pub(in crate::import) const IDENTITY_COLUMNS: &[&str] = &["LoginProvider", "UserId"];

/// Reads a row of `AspNetUsers`.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let account = options.source_account(row.required("Id")?);
    let is_locked = row.time("LockoutEnd")?.is_some_and(|end| end > options.now);
    let hash = row.text("PasswordHash")?;
    let hash = hash.map(|hash| options.allowed(ForeignHash::aspnet(&hash)));
    // The table has no time of creation and no name.
    let user = ImportedUser::new(row.text("Email")?.as_deref(), account, options.now)?
        .verified(row.flag("EmailConfirmed")?)
        .disabled(is_locked)
        .hashed(hash.transpose()?);
    Ok(user_row(user))
}

/// Reads a row of `AspNetUserLogins`.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn identity(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let owner = options.source_account(row.required("UserId")?);
    let provider = row.required("LoginProvider")?;
    let account = options
        .providers
        .account(&provider, row.text("ProviderKey")?)?;
    Ok(ImportedRow::Identity(Box::new(ImportedIdentity {
        owner,
        account: Some(account),
        hash: None,
    })))
}
