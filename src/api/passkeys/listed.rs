//! A passkey in responses.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{identity::CredentialId, profile::ListedPasskey};

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
