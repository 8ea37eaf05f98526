//! Django: the rows of `auth_user`, or `manage.py dumpdata auth.user`.

use super::user_row;
use crate::import::{
    ImportOptions,
    record::{ImportedRow, ImportedUser},
    refusal::RowRefusal,
    row::SourceRow,
};

/// The start of a password that no password matches.
const UNUSABLE: char = '!';

/// Reads a user. Django verifies no email.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let Some(fields) = row.object("fields")? else {
        return of_columns(row, row.required("id")?, options);
    };
    // `dumpdata` may contain other models.
    if !fields.has_columns(&["password", "email"]) {
        return Ok(ImportedRow::Skipped);
    }
    of_columns(&fields, row.required("pk")?, options)
}

fn of_columns(
    row: &SourceRow,
    id: String,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let account = options.source_account(id);
    let created_at = options.past(row, "date_joined")?;
    let is_disabled = row.value("is_active").is_some() && !row.flag("is_active")?;
    let password = row.text("password")?;
    let password = password.filter(|text| !text.starts_with(UNUSABLE));
    let user = ImportedUser::new(row.text("email")?.as_deref(), account, created_at)?
        .named(&[row.text("first_name")?, row.text("last_name")?])
        .disabled(is_disabled)
        .hashed(options.hash(password.as_deref())?);
    Ok(user_row(user))
}
