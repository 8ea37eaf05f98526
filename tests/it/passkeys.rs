//! Passkeys: what authenticators answer, and what the service makes of it.

mod altered;
mod api;
mod bounds;
mod foreign;
mod in_chromium;
mod keys;
mod login;
mod pages;
mod second_step;
mod settings;
mod vectors;

use signet::passkey::{
    Confirmed, Expected, PasskeyChallenge, PasskeyName, PasskeyRejection, Registered,
    StoredPasskey, UserVerification, verify_assertion, verify_registration,
};

use crate::support::{
    ApiClient, TestService,
    authenticator::{Asserted, Authenticator, Created},
    totp::AuthenticatorApp,
};

const CHALLENGE: PasskeyChallenge = PasskeyChallenge::new([1; 32]);
const RP_ID: &str = "auth.example.com";
const ORIGIN: &str = "https://auth.example.com";
const HANDLE: [u8; 16] = [5; 16];

fn expected() -> Expected<'static> {
    Expected {
        challenge: &CHALLENGE,
        rp_id: RP_ID,
        origins: &[ORIGIN],
        user_verification: UserVerification::Required,
    }
}

fn registered(created: &Created) -> Result<Registered, PasskeyRejection> {
    verify_registration(&expected(), created.response())
}

fn stored(authenticator: &Authenticator) -> StoredPasskey {
    let created = registered(&authenticator.create(&CHALLENGE.encode())).unwrap();
    StoredPasskey::new(
        created,
        RP_ID.to_owned(),
        PasskeyName::default(),
        Vec::new(),
    )
}

fn confirmed(asserted: &Asserted, passkey: &StoredPasskey) -> Result<Confirmed, PasskeyRejection> {
    verify_assertion(&expected(), asserted.response(), passkey, &HANDLE)
}

/// A user who has an authenticator app and that passkey.
async fn with_both<'a>(
    service: &'a TestService,
    email: &str,
    phone: &Authenticator,
) -> (ApiClient<'a>, AuthenticatorApp) {
    let mut user = service.signed_up(email).await;
    let app = AuthenticatorApp::enrolled(service, &mut user).await;
    phone.add_to(&mut user).await.assert_status(201);
    (user, app)
}
