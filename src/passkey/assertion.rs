//! A login with a passkey (WebAuthn Level 3 §7.2).

use super::{
    CounterChange, Flags, PasskeyRejection, StoredPasskey,
    authenticator_data::AuthenticatorData,
    checks::{Expected, require, signed_message},
    client_data::{Ceremony, ClientData},
    public_key::PublicKey,
};

/// The answer of an authenticator at a login.
#[derive(Debug, Clone, Copy)]
pub struct AssertionResponse<'a> {
    /// The credential ID.
    pub id: &'a [u8],
    /// The client data.
    pub client_data: &'a [u8],
    /// The authenticator data.
    pub authenticator_data: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// The user handle, which a discoverable credential has.
    pub user_handle: Option<&'a [u8]>,
}

/// A verified login with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// The flags.
    pub flags: Flags,
    /// The change of the signature counter.
    pub counter: CounterChange,
}

/// Verifies the answer of an authenticator with a passkey of the user with that handle.
///
/// # Errors
/// A check of WebAuthn Level 3 §7.2 fails. A counter that has not risen is no error here: see [`Confirmed::counter`].
pub fn verify_assertion(
    expected: &Expected<'_>,
    response: AssertionResponse<'_>,
    passkey: &StoredPasskey,
    user_handle: &[u8],
) -> Result<Confirmed, PasskeyRejection> {
    is_of_passkey(response.id, passkey)?;
    is_of_user(response.user_handle, user_handle)?;
    let data = check_response(expected, response)?;
    has_same_eligibility(data.flags, passkey)?;
    let message = signed_message(response.authenticator_data, response.client_data);
    is_signed_by(&passkey.public_key, &message, response.signature)?;
    Ok(Confirmed {
        flags: data.flags,
        counter: CounterChange::of(passkey.count, data.count),
    })
}

/// The client data and the authenticator data are as expected.
pub(super) fn check_response<'a>(
    expected: &Expected<'_>,
    response: AssertionResponse<'a>,
) -> Result<AuthenticatorData<'a>, PasskeyRejection> {
    let client_data = ClientData::parse(response.client_data)?;
    expected.check_client_data(&client_data, Ceremony::Get)?;
    let data = AuthenticatorData::parse(response.authenticator_data)?;
    expected.check_authenticator_data(&data)?;
    Ok(data)
}

/// The credential ID is that of the passkey.
fn is_of_passkey(id: &[u8], passkey: &StoredPasskey) -> Result<(), PasskeyRejection> {
    require(passkey.id == id, PasskeyRejection::CredentialId)
}

/// The user handle, if there is one, is that of the user.
fn is_of_user(given: Option<&[u8]>, user_handle: &[u8]) -> Result<(), PasskeyRejection> {
    let is_same = given.is_none_or(|given| given == user_handle);
    require(is_same, PasskeyRejection::UserHandle)
}

/// The bit BE is that of the registration.
fn has_same_eligibility(flags: Flags, passkey: &StoredPasskey) -> Result<(), PasskeyRejection> {
    let is_same = flags.is_backup_eligible() == passkey.is_backup_eligible;
    require(is_same, PasskeyRejection::Backup)
}

/// The signature is valid for the authenticator data and the hash of the client data.
pub(super) fn is_signed_by(
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), PasskeyRejection> {
    let key = PublicKey::parse(public_key)?;
    require(
        key.verifies(message, signature),
        PasskeyRejection::Signature,
    )
}
