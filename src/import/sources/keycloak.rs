//! Keycloak: the export of a realm.

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

/// Reads a user of the realm.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    // The account of a client, which is no person.
    if row.text("serviceAccountClientId")?.is_some() {
        return Ok(ImportedRow::Skipped);
    }
    let account = options.source_account(row.required("id")?);
    let created_at = options.past(row, "createdTimestamp")?;
    let is_disabled = row.value("enabled").is_some() && !row.flag("enabled")?;
    let mut user = ImportedUser::new(row.text("email")?.as_deref(), account, created_at)?
        .verified(row.flag("emailVerified")?)
        .named(&[row.text("firstName")?, row.text("lastName")?])
        .disabled(is_disabled)
        .hashed(hash(row, options)?);
    for identity in row.objects("federatedIdentities")? {
        let provider = identity.required("identityProvider")?;
        let id = identity.text("userId")?;
        user.add(options.providers.account(&provider, id)?);
    }
    Ok(user_row(user))
}

fn hash(row: &SourceRow, options: &ImportOptions) -> Result<Option<ForeignHash>, RowRefusal> {
    for credential in row.objects("credentials")? {
        if credential.required("type")? != "password" {
            continue;
        }
        // Releases before 8 had other members, which are not read.
        let secret = credential.text("secretData")?;
        let secret = secret.ok_or(ImportRefusal::UnknownHash)?;
        let parameters = credential.required("credentialData")?;
        let hash = ForeignHash::keycloak(&secret, &parameters);
        return options.allowed(hash).map(Some);
    }
    Ok(None)
}
