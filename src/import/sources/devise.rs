//! Devise: the rows of `users`, with the columns of its modules and of `OmniAuth`.

use secrecy::ExposeSecret;

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
    let created_at = options.past(row, "created_at")?;
    let hash = options.hash(row.text("encrypted_password")?.as_deref())?;
    let pepper = options.pepper.as_ref();
    let pepper = pepper.map(ExposeSecret::expose_secret).unwrap_or_default();
    let mut user = ImportedUser::new(row.text("email")?.as_deref(), account, created_at)?
        .named(&[row.text("name")?])
        .disabled(row.time("locked_at")?.is_some())
        .hashed(hash.map(|hash| hash.with_pepper(pepper)));
    let confirmed_at = row.time("confirmed_at")?;
    user.verified_at = confirmed_at.map(|time| time.min(options.now));
    if let Some(provider) = row.text("provider")?
        && let Some(id) = row.text("uid")?
    {
        user.add(options.providers.account(&provider, Some(id))?);
    }
    Ok(user_row(user))
}
