//! Ory Kratos: identities with their credentials.

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

/// Reads an identity.
///
/// # Errors
/// The reason why the row is refused.
pub(in crate::import) fn user(
    row: &SourceRow,
    options: &ImportOptions,
) -> Result<ImportedRow, RowRefusal> {
    let account = options.source_account(row.required("id")?);
    let traits = row.object("traits")?;
    let traits = traits.ok_or_else(|| RowRefusal::malformed("traits is missing"))?;
    let email = traits.text("email")?;
    let created_at = options.past(row, "created_at")?;
    let is_disabled = row.text("state")?.is_some_and(|state| state == "inactive");
    let mut user = ImportedUser::new(email.as_deref(), account, created_at)?
        .verified(is_verified(row, email.as_deref())?)
        .named(&name(&traits)?)
        .pictured(traits.text("picture")?)
        .disabled(is_disabled);
    let Some(credentials) = row.object("credentials")? else {
        return Ok(user_row(user));
    };
    user = user.hashed(hash(&credentials, options)?);
    if let Some(oidc) = credentials.object("oidc")?
        && let Some(config) = oidc.object("config")?
    {
        for identity in config.objects("providers")? {
            let provider = identity.required("provider")?;
            let id = identity.text("subject")?;
            user.add(options.providers.account(&provider, id)?);
        }
    }
    Ok(user_row(user))
}

fn is_verified(row: &SourceRow, email: Option<&str>) -> Result<bool, RowRefusal> {
    for address in row.objects("verifiable_addresses")? {
        let value = address.text("value")?;
        let is_same = value
            .zip(email)
            .is_some_and(|(value, email)| value.eq_ignore_ascii_case(email));
        if is_same && address.flag("verified")? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The schema of traits is the operator's. A name is a text, or an object of the first and the last name.
fn name(traits: &SourceRow) -> Result<[Option<String>; 2], RowRefusal> {
    match traits.value("name").filter(|name| name.is_object()) {
        Some(_) => match traits.object("name")? {
            Some(name) => Ok([name.text("first")?, name.text("last")?]),
            None => Ok([None, None]),
        },
        None => Ok([traits.text("name")?, None]),
    }
}

fn hash(
    credentials: &SourceRow,
    options: &ImportOptions,
) -> Result<Option<ForeignHash>, RowRefusal> {
    let Some(password) = credentials.object("password")? else {
        return Ok(None);
    };
    let Some(config) = password.object("config")? else {
        return Ok(None);
    };
    options.hash(config.text("hashed_password")?.as_deref())
}
