//! The software authenticator of the crate `passkey`, which counts nothing.

use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::rust_crypto::RustCryptoBackend,
    types::{
        Passkey,
        ctap2::{Aaguid, Ctap2Error},
        webauthn::{CredentialCreationOptions, CredentialRequestOptions},
    },
};
use serde_json::json;
use signet::client::CodeChallenge;
use url::Url;

use crate::support::{TestService, oauth_client::VERIFIER};

/// A user who is present and whom the authenticator verifies.
struct PresentUser;

#[async_trait::async_trait]
impl UserValidationMethod for PresentUser {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck {
            presence,
            verification,
        })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

#[tokio::test]
async fn foreign_authenticator_registers_and_logs_in() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    let store: Option<Passkey> = None;
    let authenticator =
        Authenticator::new(Aaguid::new_empty(), store, PresentUser, RustCryptoBackend);
    let mut browser = Client::new(authenticator);
    let origin = Url::parse("https://auth.example.com").unwrap();

    let begun = ada.post("/passkeys/registration", json!({})).await.json();
    let options = json!({"publicKey": begun["options"]});
    let options: CredentialCreationOptions = serde_json::from_value(options).unwrap();
    let created = browser
        .register(&origin, options, DefaultClientData)
        .await
        .unwrap();
    let body = json!({"challenge": begun["challenge"], "credential": created, "name": "Software"});
    let added = ada.post("/me/passkeys", body).await;
    added.assert_status(201);
    ada.keep(&added);

    for _ in 0..3 {
        let asked = json!({"code_challenge": CodeChallenge::to(VERIFIER).as_str()});
        let begun = service
            .anon()
            .post("/passkeys/challenge", asked)
            .await
            .json();
        let options = json!({"publicKey": begun["options"]});
        let options: CredentialRequestOptions = serde_json::from_value(options).unwrap();
        let asserted = browser
            .authenticate(&origin, options, DefaultClientData)
            .await
            .unwrap();
        let body = json!({"challenge": begun["challenge"], "code_verifier": VERIFIER, "credential": asserted});
        let answer = service.anon().post("/login/passkey", body).await;
        answer.assert_status(200);
    }
}
