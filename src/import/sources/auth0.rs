//! Auth0: the file of password hashes from Auth0's support, and the job that exports users.

use super::user_row;
use crate::{
    import::{
        ImportOptions,
        record::{ImportedRow, ImportedUser},
        refusal::RowRefusal,
        row::SourceRow,
    },
    password::ForeignHash,
};

/// The provider of users with a password.
const DATABASE: &str = "auth0";

/// Reads a user.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let id = match row.value("_id").filter(|it| it.is_object()) {
        Some(_) => match row.object("_id")? {
            Some(id) => id.required("$oid")?,
            None => return Err(RowRefusal::malformed("_id is missing")),
        },
        None => match row.text("user_id")? {
            Some(id) => id,
            None => row.required("_id")?,
        },
    };
    // `auth0|ID` in exports is `ID` in the file of hashes.
    let database_id = id.strip_prefix("auth0|").unwrap_or(&id).to_owned();
    let created_at = options.past(row, "created_at")?;
    let account = options.source_account(database_id);
    let mut user = ImportedUser::new(row.text("email")?.as_deref(), account, created_at)?
        .verified(row.flag("email_verified")?)
        .named(&[row.text("name")?])
        .pictured(row.text("picture")?)
        .disabled(row.flag("blocked")?);
    for identity in row.objects("identities")? {
        let provider = identity.required("provider")?;
        if provider != DATABASE {
            let account = identity.text("user_id")?;
            user.add(options.providers.account(&provider, account)?);
        }
    }
    Ok(user_row(user.hashed(hash(row, options)?)))
}

fn hash(row: &SourceRow, options: &ImportOptions) -> Result<Option<ForeignHash>, RowRefusal> {
    if let Some(custom) = row.value("custom_password_hash") {
        let custom = ForeignHash::auth0_custom(&custom.to_string());
        return options.allowed(custom).map(Some);
    }
    let text = match row.text("passwordHash")? {
        Some(text) => Some(text),
        None => row.text("password_hash")?,
    };
    options.hash(text.as_deref())
}
