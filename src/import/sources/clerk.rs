//! Clerk: the CSV of the dashboard.

use super::user_row;
use crate::import::{
    ImportOptions,
    record::{ImportedRow, ImportedUser},
    refusal::RowRefusal,
    row::SourceRow,
};

/// Reads a user.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let account = options.source_account(row.required("id")?);
    let email = row.text("primary_email_address")?;
    let verified = row.text("verified_email_addresses")?.unwrap_or_default();
    let mut verified = verified.split(|c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace());
    let is_verified = email.as_ref().is_some_and(|email| {
        verified.any(|other| {
            other
                .trim_matches(['[', ']', '"', '\''])
                .eq_ignore_ascii_case(email)
        })
    });
    let created_at = options.past(row, "created_at")?;
    let user = ImportedUser::new(email.as_deref(), account, created_at)?
        .verified(is_verified)
        .named(&[row.text("first_name")?, row.text("last_name")?])
        .disabled(row.flag("banned")?)
        .hashed(options.hash(row.text("password_digest")?.as_deref())?);
    Ok(user_row(user))
}
