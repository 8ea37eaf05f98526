//! The checks that registration and login share (WebAuthn Level 3 §7.1, §7.2), one function for each.

use super::{
    PasskeyChallenge, PasskeyRejection,
    authenticator_data::{AuthenticatorData, Flags},
    client_data::{Ceremony, ClientData},
    sha256,
};

/// The requirement that the authenticator verifies the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserVerification {
    /// The user must be verified.
    Required,
    /// The user is verified if the authenticator can.
    Preferred,
}

/// The values that an answer must have.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The challenge of the options.
    pub challenge: &'a PasskeyChallenge,
    /// The RP ID of the options.
    pub rp_id: &'a str,
    /// The origins whose pages and apps may ask.
    pub origins: &'a [&'a str],
    /// The requirement of user verification.
    pub user_verification: UserVerification,
}

impl Expected<'_> {
    /// Checks the client data.
    pub(super) fn check_client_data(
        &self,
        client_data: &ClientData,
        ceremony: Ceremony,
    ) -> Result<(), PasskeyRejection> {
        is_of_ceremony(client_data, ceremony)?;
        has_challenge(client_data, self.challenge)?;
        has_allowed_origin(client_data, self.origins)?;
        is_of_same_origin(client_data)
    }

    /// Checks the authenticator data.
    pub(super) fn check_authenticator_data(
        &self,
        data: &AuthenticatorData<'_>,
    ) -> Result<(), PasskeyRejection> {
        is_for_rp_id(data, self.rp_id)?;
        has_user_presence(data.flags)?;
        has_user_verification(data.flags, self.user_verification)?;
        has_possible_backup_state(data.flags)
    }
}

/// `type` is that of the ceremony.
fn is_of_ceremony(data: &ClientData, ceremony: Ceremony) -> Result<(), PasskeyRejection> {
    require(
        data.ceremony == ceremony.as_str(),
        PasskeyRejection::Ceremony,
    )
}

/// `challenge` is the challenge of the options, in base64url.
fn has_challenge(data: &ClientData, challenge: &PasskeyChallenge) -> Result<(), PasskeyRejection> {
    require(
        data.challenge == challenge.encode(),
        PasskeyRejection::Challenge,
    )
}

/// `origin` equals an allowed origin. A suffix or another port is another origin.
fn has_allowed_origin(data: &ClientData, origins: &[&str]) -> Result<(), PasskeyRejection> {
    let is_allowed = origins.contains(&data.origin.as_str());
    require(is_allowed, PasskeyRejection::Origin)
}

/// `crossOrigin` is false or absent, and `topOrigin` is absent: no page of another origin framed the caller.
fn is_of_same_origin(data: &ClientData) -> Result<(), PasskeyRejection> {
    require(!data.is_cross_origin, PasskeyRejection::CrossOrigin)
}

/// `rpIdHash` is the SHA-256 of the RP ID.
fn is_for_rp_id(data: &AuthenticatorData<'_>, rp_id: &str) -> Result<(), PasskeyRejection> {
    let is_same = data.rp_id_hash == sha256(rp_id.as_bytes());
    require(is_same, PasskeyRejection::RelyingParty)
}

/// The bit UP is set.
fn has_user_presence(flags: Flags) -> Result<(), PasskeyRejection> {
    require(flags.is_user_present(), PasskeyRejection::UserPresence)
}

/// The bit UV is set, if the user must be verified.
fn has_user_verification(flags: Flags, required: UserVerification) -> Result<(), PasskeyRejection> {
    let suffices = flags.is_user_verified() || required == UserVerification::Preferred;
    require(suffices, PasskeyRejection::UserVerification)
}

/// The bit BS is not set without BE.
fn has_possible_backup_state(flags: Flags) -> Result<(), PasskeyRejection> {
    let is_possible = flags.is_backup_eligible() || !flags.is_backed_up();
    require(is_possible, PasskeyRejection::Backup)
}

/// Refuses an answer for which a condition does not hold.
pub(super) fn require(holds: bool, otherwise: PasskeyRejection) -> Result<(), PasskeyRejection> {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// Returns the message that authenticators sign: the authenticator data and the hash of the client data.
pub(super) fn signed_message(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, &sha256(client_data)].concat()
}
