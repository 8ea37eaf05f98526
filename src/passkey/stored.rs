//! The stored form of a passkey: versioned JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{Flags, PasskeyAlgorithm, Registered, decode, encode};
use crate::characters::breaks_text;

/// A public key in COSE: the generator of P-256, whose private key is 1. It is used for its cost only.
const DECOY_KEY: &[u8] = &[
    0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c,
    0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb,
    0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x22, 0x58, 0x20, 0x4f, 0xe3, 0x42,
    0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
    0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];

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

    /// Returns a passkey that no authenticator has, with that credential ID. A login without a passkey is verified with
    /// it, so that the work reveals nothing.
    pub fn decoy(id: &[u8]) -> Self {
        Self {
            version: Version,
            id: id.to_vec(),
            public_key: DECOY_KEY.to_vec(),
            alg: PasskeyAlgorithm::Es256.cose(),
            count: 0,
            is_backup_eligible: true,
            is_backed_up: true,
            transports: Vec::new(),
            aaguid: vec![0; 16],
            rp_id: String::new(),
            name: PasskeyName::default(),
            is_user_verified: true,
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
