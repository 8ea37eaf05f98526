//! The export: JSON Lines that an import reads.

use serde::Serialize;

use crate::{
    identity::{EmailAddress, ImageUrl, PersonName, Role, StoredVerifier, UserId},
    store::{self, ExportedUser, Store},
};

/// The number of users that are read at once. No more of them are in memory.
const PAGE: u32 = 1000;

#[derive(Serialize)]
struct UserLine<'a> {
    id: UserId,
    email: &'a EmailAddress,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a PersonName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a ImageUrl>,
    role: &'a Role,
    created_at: String,
    disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<&'a str>,
    accounts: Vec<AccountLine<'a>>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct AccountLine<'a> {
    r#type: &'a str,
    provider: &'a str,
    id: &'a str,
}

/// Returns the users after that ID whose lines come next. No users are left after an empty page.
///
/// # Errors
/// The database fails.
pub async fn export_page(
    store: &Store,
    after: Option<UserId>,
) -> Result<Vec<ExportedUser>, store::Error> {
    store.exported_users(after, PAGE).await
}

/// Appends the line of a user. The accounts of Signet itself are left out: they follow from the password and the verified
/// email.
///
/// # Errors
/// The user cannot be encoded.
pub fn append_exported(
    text: &mut Vec<u8>,
    ExportedUser {
        user,
        accounts,
        password,
    }: &ExportedUser,
) -> Result<(), serde_json::Error> {
    let kept = accounts
        .iter()
        .filter(|it| it.kind.is_external() || !it.kind.is_login_method());
    let mut accounts: Vec<_> = kept
        .map(|account| AccountLine {
            r#type: account.kind.as_str(),
            provider: &account.provider,
            id: &account.provider_account_id,
        })
        .collect();
    accounts.sort();
    let line = UserLine {
        id: user.id,
        email: &user.email,
        email_verified: user.email_verified.is_some(),
        name: user.name.as_ref(),
        image: user.image.as_ref(),
        role: &user.role,
        created_at: user
            .created_at
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        disabled: !user.is_active,
        password_hash: password.as_ref().map(StoredVerifier::expose),
        accounts,
    };
    serde_json::to_writer(&mut *text, &line)?;
    text.push(b'\n');
    Ok(())
}
