//! The registration of a passkey (WebAuthn Level 3 §7.1).

use super::{
    Flags, MAX_CREDENTIAL_ID, PasskeyAlgorithm, PasskeyRejection,
    attestation::AttestationObject,
    authenticator_data::{AttestedCredential, AuthenticatorData},
    checks::{Expected, require, signed_message},
    client_data::{Ceremony, ClientData},
    public_key::PublicKey,
};

/// The answer of an authenticator that has created a passkey.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationResponse<'a> {
    /// The credential ID.
    pub id: &'a [u8],
    /// The client data.
    pub client_data: &'a [u8],
    /// The attestation object.
    pub attestation_object: &'a [u8],
}

/// A new passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The credential ID.
    pub id: Vec<u8>,
    /// The public key in COSE.
    pub public_key: Vec<u8>,
    /// The algorithm of the key.
    pub algorithm: PasskeyAlgorithm,
    /// The model of the authenticator, or zeros.
    pub aaguid: [u8; 16],
    /// The signature counter.
    pub count: u32,
    /// The flags.
    pub flags: Flags,
}

/// Verifies the answer of an authenticator that has created a passkey. The caller checks that no user has the passkey.
///
/// # Errors
/// A check of WebAuthn Level 3 §7.1 fails.
pub fn verify_registration(
    expected: &Expected<'_>,
    response: RegistrationResponse<'_>,
) -> Result<Registered, PasskeyRejection> {
    let client_data = ClientData::parse(response.client_data)?;
    expected.check_client_data(&client_data, Ceremony::Create)?;
    let attestation = AttestationObject::parse(response.attestation_object)?;
    let bytes = attestation.authenticator_data.as_slice();
    let data = AuthenticatorData::parse(bytes)?;
    expected.check_authenticator_data(&data)?;
    let credential = has_credential(&data)?;
    has_credential_id(credential, response.id)?;
    let key = has_offered_key(credential)?;
    let message = signed_message(bytes, response.client_data);
    is_attested(&attestation, &key, &message)?;
    Ok(Registered {
        id: credential.id.to_vec(),
        public_key: credential.public_key.to_vec(),
        algorithm: key.algorithm,
        aaguid: credential.aaguid,
        count: data.count,
        flags: data.flags,
    })
}

/// The authenticator data holds a new credential.
fn has_credential<'a>(
    data: &'a AuthenticatorData<'a>,
) -> Result<&'a AttestedCredential<'a>, PasskeyRejection> {
    let credential = data.credential.as_ref();
    credential.ok_or(PasskeyRejection::NoCredential)
}

/// The credential ID has 1 to 1023 bytes and is that of the answer.
fn has_credential_id(
    credential: &AttestedCredential<'_>,
    id: &[u8],
) -> Result<(), PasskeyRejection> {
    let is_id = credential.id == id && (1..=MAX_CREDENTIAL_ID).contains(&id.len());
    require(is_id, PasskeyRejection::CredentialId)
}

/// The key is usable, and its algorithm was offered.
fn has_offered_key(credential: &AttestedCredential<'_>) -> Result<PublicKey, PasskeyRejection> {
    PublicKey::parse_new(credential.public_key)
}

/// The attestation statement is valid.
fn is_attested(
    attestation: &AttestationObject,
    key: &PublicKey,
    message: &[u8],
) -> Result<(), PasskeyRejection> {
    require(
        attestation.is_valid(key, message),
        PasskeyRejection::Attestation,
    )
}
