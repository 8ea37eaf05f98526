//! `WordPress`: the rows of `wp_users`.

use super::user_row;
use crate::import::{
    ImportOptions,
    record::{ImportedRow, ImportedUser},
    refusal::RowRefusal,
    row::SourceRow,
};

/// Reads a user. `WordPress` verifies no email.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let account = options.source_account(row.required("ID")?);
    let created_at = options.past(row, "user_registered")?;
    let is_disabled = row.flag("spam")? || row.flag("deleted")?;
    let user = ImportedUser::new(row.text("user_email")?.as_deref(), account, created_at)?
        .named(&[row.text("display_name")?])
        .disabled(is_disabled)
        .hashed(options.hash(row.text("user_pass")?.as_deref())?);
    Ok(user_row(user))
}
