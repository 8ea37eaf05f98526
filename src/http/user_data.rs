//! The stored data of a user in JSON, for the user.

use axum::{
    Json,
    http::header::{CONTENT_DISPOSITION, HeaderValue},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    identity::{
        Account, AccountId, AccountKind, CredentialId, EmailAddress, ImageUrl, PersonName, Role,
        User, UserId,
    },
    profile::{FactorList, ListedPasskey, StoredData},
};

/// Everything that is stored about a user, without secrets: the file `signet-data.json`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct UserData {
    user: Profile,
    accounts: Vec<ListedAccount>,
    factors: FactorsAnswer,
}

impl From<StoredData> for UserData {
    fn from(data: StoredData) -> Self {
        Self {
            user: data.user.into(),
            accounts: data.accounts.into_iter().map(Into::into).collect(),
            factors: data.factors.into(),
        }
    }
}

impl IntoResponse for UserData {
    fn into_response(self) -> Response {
        let file = HeaderValue::from_static("attachment; filename=\"signet-data.json\"");
        ([(CONTENT_DISPOSITION, file)], Json(self)).into_response()
    }
}

/// The user's own profile. Times are RFC 3339, in UTC.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Profile {
    #[schemars(with = "uuid::Uuid")]
    id: UserId,
    #[schemars(with = "Option<String>")]
    name: Option<PersonName>,
    #[schemars(with = "String")]
    email: EmailAddress,
    email_verified: Option<DateTime<Utc>>,
    #[schemars(with = "Option<String>")]
    image: Option<ImageUrl>,
    #[schemars(with = "String")]
    role: Role,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            email_verified: user.email_verified,
            image: user.image,
            role: user.role,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// A login method of the user. Times are RFC 3339, in UTC. Only the download of all data has accounts of the type `import`,
/// which are no login methods: the ID at the service from which the user was imported.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub(crate) struct ListedAccount {
    #[schemars(with = "uuid::Uuid")]
    id: AccountId,
    #[schemars(with = "String", extend("enum" = ["credentials", "email", "oauth", "oidc", "import"]))]
    r#type: AccountKind,
    provider: String,
    provider_account_id: String,
    created_at: DateTime<Utc>,
}

impl From<Account> for ListedAccount {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            r#type: account.kind,
            provider: account.provider,
            provider_account_id: account.provider_account_id,
            created_at: account.created_at,
        }
    }
}

/// The second factors. Times are RFC 3339, in UTC.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FactorsAnswer {
    passkeys: Vec<PasskeyDescription>,
    totp: Option<TotpAnswer>,
    recovery_codes: Option<ListedRecoveryCodes>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct TotpAnswer {
    created_at: DateTime<Utc>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct ListedRecoveryCodes {
    /// The number of codes that were not used.
    remaining: usize,
    created_at: DateTime<Utc>,
}

impl From<FactorList> for FactorsAnswer {
    fn from(factors: FactorList) -> Self {
        Self {
            passkeys: factors.passkeys.into_iter().map(Into::into).collect(),
            totp: factors.totp.map(|created_at| TotpAnswer { created_at }),
            recovery_codes: factors.recovery_codes.map(|(remaining, created_at)| {
                ListedRecoveryCodes {
                    remaining,
                    created_at,
                }
            }),
        }
    }
}

/// A passkey of the user. Times are RFC 3339, in UTC. A passkey of another RP ID is not usable.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Passkey")]
pub(crate) struct PasskeyDescription {
    #[schemars(with = "uuid::Uuid")]
    id: CredentialId,
    name: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    backed_up: bool,
    usable: bool,
}

impl From<ListedPasskey> for PasskeyDescription {
    fn from(passkey: ListedPasskey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name.as_str().to_owned(),
            created_at: passkey.created_at,
            updated_at: passkey.updated_at,
            backed_up: passkey.is_backed_up,
            usable: passkey.is_usable,
        }
    }
}
