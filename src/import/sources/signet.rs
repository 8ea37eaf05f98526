//! The export of Signet, and files that others write in the same form.

use chrono::{DateTime, Utc};

use super::user_row;
use crate::{
    identity::{AccountKind, EmailAddress, External, ImageUrl, PersonName, Role, UserId},
    import::{
        ImportOptions, ImportRefusal,
        record::{ImportedRow, ImportedUser},
        row::SourceRow,
    },
};

/// The start of the provider of an account with the ID at a source.
const IMPORT: &str = "import:";

/// Reads a user.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, ImportRefusal> {
    let id = row.text("id")?.map(|id| id.parse::<UserId>());
    let email = row.text("email")?.unwrap_or_default();
    let role = row.text("role")?.map(|role| Role::parse(&role));
    let created_at = options.past(row, "created_at")?;
    let accounts = row.objects("accounts")?;
    let accounts: Result<Vec<_>, _> = accounts.iter().map(account).collect();
    let mut user = ImportedUser {
        id: id.transpose().map_err(|_| ImportRefusal::Malformed)?,
        email: EmailAddress::parse(&email).map_err(|_| ImportRefusal::InvalidEmail)?,
        verified_at: verified_at(row, created_at, options.now)?,
        name: row
            .text("name")?
            .and_then(|name| PersonName::parse(&name).ok()),
        image: row
            .text("image")?
            .and_then(|image| ImageUrl::parse(&image).ok()),
        role: role
            .transpose()
            .map_err(|_| ImportRefusal::Malformed)?
            .unwrap_or_default(),
        created_at,
        is_disabled: row.flag("disabled")?,
        hash: options.hash(row.text("password_hash")?.as_deref())?,
        accounts: Vec::new(),
    };
    for account in accounts? {
        user.add(account);
    }
    Ok(user_row(user))
}

/// Reads `email_verified`: true, or the time of the verification.
fn verified_at(
    row: &SourceRow,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, ImportRefusal> {
    if let Ok(is_verified) = row.flag("email_verified") {
        return Ok(is_verified.then_some(created_at));
    }
    Ok(row.time("email_verified")?.map(|time| time.min(now)))
}

fn account(row: &SourceRow) -> Result<External, ImportRefusal> {
    let kind = AccountKind::try_from(row.required("type")?);
    let kind = kind.map_err(|_| ImportRefusal::Malformed)?;
    let provider = row.required("provider")?;
    // Signet's own accounts follow from the password and the verified email.
    let is_import = kind == AccountKind::Import;
    if !(is_import || kind.is_external()) || is_import != provider.starts_with(IMPORT) {
        return Err(ImportRefusal::Malformed);
    }
    Ok(External {
        kind,
        provider,
        provider_account_id: row.required("id")?,
    })
}
