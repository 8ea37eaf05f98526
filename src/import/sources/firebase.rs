//! Firebase Authentication: the files of `firebase auth:export`.

use super::user_row;
use crate::{
    import::{
        ImportOptions, ImportRefusal,
        record::{ImportedRow, ImportedUser},
        refusal::RowRefusal,
        row::SourceRow,
    },
    password::ForeignHash,
};

/// The columns of CSV, which has no header, by the names of JSON as far as these are read. Further columns follow.
pub(in crate::import) const CSV_COLUMNS: &[&str] = &[
    "localId",
    "email",
    "emailVerified",
    "passwordHash",
    "salt",
    "displayName",
    "photoUrl",
    "google.com",
    "googleEmail",
    "googleName",
    "googlePhoto",
    "facebook.com",
    "facebookEmail",
    "facebookName",
    "facebookPhoto",
    "twitter.com",
    "twitterEmail",
    "twitterName",
    "twitterPhoto",
    "github.com",
    "githubEmail",
    "githubName",
    "githubPhoto",
    "createdAt",
    "lastLoginAt",
    "phoneNumber",
    "disabled",
];

/// The providers that have columns in CSV.
const CSV_PROVIDERS: [&str; 4] = ["google.com", "facebook.com", "twitter.com", "github.com"];

/// The methods of login that are no provider.
const OWN_METHODS: [&str; 3] = ["password", "phone", "emailLink"];

/// Reads a user.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let account = options.source_account(row.required("localId")?);
    let created_at = options.past(row, "createdAt")?;
    let mut user = ImportedUser::new(row.text("email")?.as_deref(), account, created_at)?
        .verified(row.flag("emailVerified")?)
        .named(&[row.text("displayName")?])
        .pictured(row.text("photoUrl")?)
        .disabled(row.flag("disabled")?);
    for identity in row.objects("providerUserInfo")? {
        let provider = identity.required("providerId")?;
        if !OWN_METHODS.contains(&provider.as_str()) {
            let id = identity.text("rawId")?;
            user.add(options.providers.account(&provider, id)?);
        }
    }
    for provider in CSV_PROVIDERS {
        if let Some(id) = row.text(provider)? {
            user.add(options.providers.account(provider, Some(id))?);
        }
    }
    Ok(user_row(user.hashed(hash(row, options)?)))
}

/// Reads the hash. Users who were imported into Firebase and have never logged in since may have none.
fn hash(row: &SourceRow, options: &ImportOptions) -> Result<Option<ForeignHash>, RowRefusal> {
    let Some(hash) = row.text("passwordHash")? else {
        return Ok(None);
    };
    let parameters = options.hash_config.as_ref();
    let parameters = parameters.ok_or(ImportRefusal::UnknownHash)?;
    let salt = row.text("salt")?.unwrap_or_default();
    let hash = ForeignHash::firebase(parameters, &salt, &hash);
    options.allowed(hash).map(Some)
}
