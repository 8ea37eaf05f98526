//! The answers of authenticators as browsers write them: `RegistrationResponseJSON` and `AuthenticationResponseJSON`
//! (WebAuthn Level 3 §5.1).
//!
//! Only the shape is checked here. Text that is no base64url becomes empty bytes, which no check accepts.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::passkey::{AssertionResponse, RegistrationResponse, decode};

/// The longest list of transports that is kept, and the longest transport.
const MOST_TRANSPORTS: usize = 8;
const LONGEST_TRANSPORT: usize = 32;

/// The value of `toJSON()` of what `navigator.credentials.create()` returns.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = true))]
pub(crate) struct RegistrationCredential {
    id: String,
    raw_id: String,
    r#type: String,
    response: AttestationAnswer,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = true))]
struct AttestationAnswer {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "attestationObject")]
    attestation_object: String,
    #[serde(default)]
    transports: Vec<String>,
}

/// The value of `toJSON()` of what `navigator.credentials.get()` returns.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = true))]
pub(crate) struct AuthenticationCredential {
    id: String,
    raw_id: String,
    r#type: String,
    response: AssertionAnswer,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = true))]
struct AssertionAnswer {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

/// The bytes of a registration.
pub(crate) struct DecodedRegistration {
    id: Vec<u8>,
    client_data: Vec<u8>,
    attestation_object: Vec<u8>,
}

/// The bytes of a login.
pub(crate) struct DecodedAssertion {
    id: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Option<Vec<u8>>,
}

impl RegistrationCredential {
    pub(crate) fn decoded(&self) -> DecodedRegistration {
        DecodedRegistration {
            id: credential_id(&self.id, &self.raw_id, &self.r#type),
            client_data: bytes(&self.response.client_data),
            attestation_object: bytes(&self.response.attestation_object),
        }
    }

    /// Returns the transports, which browsers take as hints.
    pub(crate) fn transports(&self) -> Vec<String> {
        let is_kept = |it: &&String| {
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            it.len() <= LONGEST_TRANSPORT && it.bytes().all(is_plain)
        };
        let transports = self.response.transports.iter().filter(is_kept);
        transports.take(MOST_TRANSPORTS).cloned().collect()
    }
}

impl AuthenticationCredential {
    pub(crate) fn decoded(&self) -> DecodedAssertion {
        DecodedAssertion {
            id: credential_id(&self.id, &self.raw_id, &self.r#type),
            client_data: bytes(&self.response.client_data),
            authenticator_data: bytes(&self.response.authenticator_data),
            signature: bytes(&self.response.signature),
            user_handle: self.response.user_handle.as_deref().map(bytes),
        }
    }
}

impl DecodedRegistration {
    pub(crate) fn response(&self) -> RegistrationResponse<'_> {
        RegistrationResponse {
            id: &self.id,
            client_data: &self.client_data,
            attestation_object: &self.attestation_object,
        }
    }
}

impl DecodedAssertion {
    pub(crate) fn response(&self) -> AssertionResponse<'_> {
        AssertionResponse {
            id: &self.id,
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
            user_handle: self.user_handle.as_deref(),
        }
    }
}

/// Returns the credential ID, which an answer has twice.
fn credential_id(id: &str, raw_id: &str, kind: &str) -> Vec<u8> {
    if id == raw_id && kind == "public-key" {
        bytes(id)
    } else {
        Vec::new()
    }
}

fn bytes(text: &str) -> Vec<u8> {
    decode(text).unwrap_or_default()
}
