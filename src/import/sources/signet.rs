//! The export of Signet, and files that others write in the same form.

use chrono::{DateTime, Utc};

use super::user_row;
use crate::{
    identity::{AccountKind, External, ImageUrl, PersonName, Role, UserId},
    import::{
        ImportOptions,
        record::{ImportedRow, ImportedUser, accepted_email},
        refusal::RowRefusal,
        row::SourceRow,
    },
};

/// The start of the provider of an account with the ID at a source.
const IMPORT: &str = "import:";

/// The cause of a refusal because of the type of an account.
const KINDS: &str = "the type of an account is not oidc, oauth or import";

/// Reads a user.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let id = row.text("id")?.map(|id| id.parse::<UserId>());
    let email = row.text("email")?;
    let role = row.text("role")?.map(|role| Role::parse(&role));
    let created_at = options.past(row, "created_at")?;
    let accounts = row.objects("accounts")?;
    let accounts: Result<Vec<_>, _> = accounts.iter().map(account).collect();
    let mut user = ImportedUser {
        id: id
            .transpose()
            .map_err(|_| RowRefusal::malformed("id is not a UUID"))?,
        email: accepted_email(email.as_deref())?,
        verified_at: verified_at(row, created_at, options.now)?,
        name: row
            .text("name")?
            .and_then(|name| PersonName::parse(&name).ok()),
        image: row
            .text("image")?
            .and_then(|image| ImageUrl::parse(&image).ok()),
        role: role
            .transpose()
            .map_err(|error| RowRefusal::malformed(format!("role {error}")))?
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
) -> Result<Option<DateTime<Utc>>, RowRefusal> {
    if let Ok(is_verified) = row.flag("email_verified") {
        return Ok(is_verified.then_some(created_at));
    }
    let time = row.time("email_verified");
    let time =
        time.map_err(|_| RowRefusal::malformed("email_verified is not true, false or a time"))?;
    Ok(time.map(|time| time.min(now)))
}

fn account(row: &SourceRow) -> Result<External, RowRefusal> {
    let kind = AccountKind::try_from(row.required("type")?);
    let kind = kind.map_err(|_| RowRefusal::malformed(KINDS))?;
    let provider = row.required("provider")?;
    // Signet's own accounts follow from the password and the verified email.
    let is_import = kind == AccountKind::Import;
    if !(is_import || kind.is_external()) {
        return Err(RowRefusal::malformed(KINDS));
    }
    if is_import != provider.starts_with(IMPORT) {
        let cause =
            "the provider of an account begins with import: if the type is import, and only then";
        return Err(RowRefusal::malformed(cause));
    }
    Ok(External {
        kind,
        provider,
        provider_account_id: row.required("id")?,
    })
}
