//! Supabase Auth: the rows of `auth.users` and `auth.identities`.

use super::user_row;
use crate::import::{
    ImportOptions,
    record::{ImportedIdentity, ImportedRow, ImportedUser},
    refusal::RowRefusal,
    row::SourceRow,
};

/// The columns of `auth.identities` that `auth.users` lacks.
pub(in crate::import) const IDENTITY_COLUMNS: &[&str] = &["provider", "user_id"];

/// The methods of login that are no provider.
const OWN_METHODS: [&str; 2] = ["email", "phone"];

/// Reads a row of `auth.users`.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    // A user without these is deleted or has no identity.
    if row.time("deleted_at")?.is_some() {
        return Ok(ImportedRow::Skipped);
    }
    let account = options.source_account(row.required("id")?);
    let created_at = options.past(row, "created_at")?;
    let is_banned = row
        .time("banned_until")?
        .is_some_and(|until| until > options.now);
    let mut user = ImportedUser::new(row.text("email")?.as_deref(), account, created_at)?
        .disabled(is_banned)
        .hashed(options.hash(row.text("encrypted_password")?.as_deref())?);
    let confirmed_at = row.time("email_confirmed_at")?;
    user.verified_at = confirmed_at.map(|time| time.min(options.now));
    if let Some(data) = row.json("raw_user_meta_data")? {
        let name = match data.text("full_name")? {
            Some(name) => Some(name),
            None => data.text("name")?,
        };
        user = user.named(&[name]).pictured(data.text("avatar_url")?);
    }
    Ok(user_row(user))
}

/// Reads a row of `auth.identities`.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn identity(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let provider = row.required("provider")?;
    if OWN_METHODS.contains(&provider.as_str()) {
        return Ok(ImportedRow::Skipped);
    }
    let owner = options.source_account(row.required("user_id")?);
    let id = match row.text("provider_id")? {
        Some(id) => Some(id),
        // Before 2023 the ID of the row was the ID at the provider.
        None => row.text("id")?,
    };
    let account = options.providers.account(&provider, id)?;
    Ok(ImportedRow::Identity(Box::new(ImportedIdentity {
        owner,
        account: Some(account),
        hash: None,
    })))
}
