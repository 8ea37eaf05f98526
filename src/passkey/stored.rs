//! The stored form of a passkey: versioned JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{Flags, Registered, decode, encode};
use crate::characters::breaks_text;

/// The stored passkey cannot be read. A later release wrote it, or the row was edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored passkey cannot be read")]
pub struct UnreadablePasskey;

/// A passkey as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPasskey {
    #[serde(rename = "v")]
    version: Version,
    /// The credential ID.
    #[serde(with = "base64url")]
    pub id: Vec<u8>,
    /// The public key in COSE.
    #[serde(rename = "key", with = "base64url")]
    pub public_key: Vec<u8>,
    /// The COSE identifier of the algorithm.
    pub alg: i64,
    /// The highest signature counter seen.
    pub count: u32,
    /// BE: whether the passkey may be backed up. It never changes.
    #[serde(rename = "be")]
    pub is_backup_eligible: bool,
    /// BS: whether the passkey was backed up when the row was last written.
    #[serde(rename = "bs")]
    pub is_backed_up: bool,
    /// The transports, as hints for browsers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
    /// The model of the authenticator.
    #[serde(with = "base64url")]
    pub aaguid: Vec<u8>,
    /// The RP ID, without which no browser offers the passkey.
    pub rp_id: String,
    /// The name that the user gave.
    pub name: PasskeyName,
    /// UV: whether the user was verified at the registration.
    #[serde(rename = "uv")]
    pub is_user_verified: bool,
}

impl StoredPasskey {
    /// Creates the stored form of a new passkey.
    pub fn new(
        registered: Registered,
        rp_id: String,
        name: PasskeyName,
        transports: Vec<String>,
    ) -> Self {
        Self {
            version: Version,
            id: registered.id,
            public_key: registered.public_key,
            alg: registered.algorithm.cose(),
            count: registered.count,
            is_backup_eligible: registered.flags.is_backup_eligible(),
            is_backed_up: registered.flags.is_backed_up(),
            transports,
            aaguid: registered.aaguid.to_vec(),
            rp_id,
            name,
            is_user_verified: registered.flags.is_user_verified(),
        }
    }

    /// Reads the stored text.
    ///
    /// # Errors
    /// The text is of a later release, or is not a passkey.
    pub fn parse(text: &str) -> Result<Self, UnreadablePasskey> {
        serde_json::from_str(text).map_err(|_| UnreadablePasskey)
    }

    /// Returns the form of every stored passkey of that RP ID, in which `*` stands for any characters. A name cannot
    /// imitate it, because JSON escapes quotes.
    pub fn form(rp_id: &str) -> String {
        format!("{{\"v\":{},*\"rp_id\":\"{rp_id}\",*", Version::NUMBER)
    }

    /// Returns the text to store.
    ///
    /// # Errors
    /// Never for a passkey that was read or made here.
    pub fn to_text(&self) -> Result<String, UnreadablePasskey> {
        serde_json::to_string(self).map_err(|_| UnreadablePasskey)
    }

    /// Returns the passkey after a login in which the counter rose to `count`.
    #[must_use]
    pub fn used(&self, count: u32, flags: Flags) -> Self {
        Self {
            count,
            is_backed_up: flags.is_backed_up(),
            ..self.clone()
        }
    }
}

/// The name of a passkey: 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PasskeyName(String);

/// The text is no name of a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 64 characters and no control characters")]
pub struct PasskeyNameError;

impl PasskeyName {
    /// Reads a name. Spaces around it are removed.
    ///
    /// # Errors
    /// The name is empty, too long, or has control characters.
    pub fn parse(text: &str) -> Result<Self, PasskeyNameError> {
        let text = text.trim();
        let is_name = (1..=64).contains(&text.chars().count()) && !text.contains(breaks_text);
        is_name
            .then(|| Self(text.to_owned()))
            .ok_or(PasskeyNameError)
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for PasskeyName {
    fn default() -> Self {
        Self("Passkey".to_owned())
    }
}

impl<'de> Deserialize<'de> for PasskeyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The version of the stored form. A row of a later version is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version;

impl Version {
    const NUMBER: u8 = 1;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            _ => Err(D::Error::custom("another version")),
        }
    }
}

/// Bytes as base64url.
mod base64url {
    use super::{Deserialize, Deserializer, Error, Serializer, decode, encode};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(text: D) -> Result<Vec<u8>, D::Error> {
        decode(&String::deserialize(text)?).ok_or_else(|| D::Error::custom("not base64url"))
    }
}
