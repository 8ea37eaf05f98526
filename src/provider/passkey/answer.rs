//! Verifies the answer of an authenticator, and names the methods that it proves.

use super::{FoundPasskey, PasskeyLoginRejection, PasskeyPlace, PasskeyProvider};
use crate::{
    client::Client,
    identity::{AuthMethod, UserId},
    passkey::{
        AssertionResponse, Confirmed, Expected, PasskeyChallenge, PasskeyRejection,
        UserVerification, refuse_unknown, verify_assertion,
    },
    provider::Error,
};

/// An answer to a challenge that was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct PresentedAnswer<'a> {
    pub(super) challenge: &'a str,
    pub(super) response: AssertionResponse<'a>,
    pub(super) place: PasskeyPlace,
    pub(super) user_verification: UserVerification,
}

impl PasskeyProvider {
    /// Verifies the answer with a passkey of that user. Without a passkey the work is the same, and the answer is refused.
    pub(super) fn check(
        &self,
        client: &Client,
        presented: PresentedAnswer<'_>,
        (user_id, passkey): (UserId, Option<&FoundPasskey>),
    ) -> Result<Confirmed, Error> {
        let challenge = PasskeyChallenge::parse(presented.challenge);
        let challenge = challenge.ok_or(refused(PasskeyRejection::Challenge))?;
        let response = presented.response;
        let origins = match presented.place {
            PasskeyPlace::App | PasskeyPlace::Client => self.config.origins_of(client),
            PasskeyPlace::Issuer => self.config.origins_of_issuer(),
        };
        let expected = Expected {
            challenge: &challenge,
            rp_id: self.config.rp_id().unwrap_or_default(),
            origins: &origins,
            user_verification: presented.user_verification,
        };
        let Some(FoundPasskey { passkey, .. }) = passkey else {
            refuse_unknown(&expected, response);
            return Err(PasskeyLoginRejection::UnknownPasskey.into());
        };
        let confirmed = verify_assertion(&expected, response, passkey, &user_id.to_bytes());
        confirmed.map_err(refused)
    }
}

fn refused(rejected: PasskeyRejection) -> Error {
    PasskeyLoginRejection::Answer(rejected).into()
}

/// Returns the authentication methods. Without user verification the passkey is one of two factors.
pub(super) fn methods(confirmed: Confirmed) -> Vec<AuthMethod> {
    let mut methods = vec![AuthMethod::Possession];
    if confirmed.flags.is_user_verified() {
        methods.push(AuthMethod::UserVerification);
    }
    methods.push(AuthMethod::MultiFactor);
    if !confirmed.flags.is_backup_eligible() {
        methods.push(AuthMethod::HardwareKey);
    }
    methods
}
