//! Users who have passkeys and no authenticator app: sensitive changes, and clients that require two factors.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::ADA;
use crate::support::{Engine, PASSWORD, TestService, authenticator::Authenticator, both_engines};

const NEW: &str = "a brand new pass phrase";
const INSUFFICIENT: &str = "insufficient_user_authentication";

#[apply(both_engines)]
#[tokio::test]
async fn passkey_replaces_the_password_in_sensitive_changes(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let phone = Authenticator::p256();
    let added = phone.add_to(&mut ada).await.json();
    let passkey = format!("/me/passkeys/{}", added["passkey"]["id"].as_str().unwrap());
    let challenge = format!(
        "Bearer realm=\"signet\", error=\"{INSUFFICIENT}\", acr_values=\"mfa\", max_age=\"600\""
    );
    // The login is recent, and of the password alone.
    for (method, path, mut body) in [
        ("PUT", "/password", json!({"new_password": NEW})),
        ("POST", "/email", json!({"email": "new@example.com"})),
        ("DELETE", "/me", json!({})),
        ("POST", "/me/totp", json!({})),
        ("POST", "/me/recovery-codes", json!({})),
        ("DELETE", &passkey, json!({})),
        (
            "DELETE",
            "/me/accounts/01890000-0000-7000-8000-000000000000",
            json!({}),
        ),
    ] {
        let field = if path == "/password" {
            "current_password"
        } else {
            "password"
        };
        for password in [None, Some(PASSWORD)] {
            if let Some(password) = password {
                body[field] = password.into();
            }
            let refused = ada.send_json(method, path, body.clone()).await;
            refused.assert_problem(401, INSUFFICIENT);
            assert_eq!(refused.header("www-authenticate"), challenge, "{path}");
        }
    }
    let mut tablet = Authenticator::p256();
    tablet.id = vec![8; 16];
    let refused = tablet.add_to(&mut ada).await;
    refused.assert_problem(401, INSUFFICIENT);
    // The passkey still turns no two-step login on.
    ada = service.anon().logged_in(ADA).await;
    assert_eq!(ada.claims()["acr"], "1fa");
    // A recent login with the passkey suffices, without the password.
    let logged_in = phone.log_in(&service, ada.id()).await;
    ada.keep(logged_in.assert_status(200));
    tablet.add_to(&mut ada).await.assert_status(201);
    let changed = ada
        .send_json("PUT", "/password", json!({"new_password": NEW}))
        .await;
    ada.keep(changed.assert_status(200));
    assert_eq!(ada.claims()["acr"], "phr");
    service.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await;
    let old = ada.send_json("DELETE", &passkey, json!({})).await;
    old.assert_problem(401, INSUFFICIENT);
}

/// A passkey that browsers do not offer here any more must not lock its user out.
#[rstest]
#[case::passkeys_off("passkeys.enabled = false")]
#[case::other_rp_id("passkeys.rp_id = 'example.com'")]
#[tokio::test]
async fn unusable_passkeys_require_nothing(#[case] settings: &str) {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    Authenticator::p256()
        .add_to(&mut ada)
        .await
        .assert_status(201);
    let clients =
        "[[clients]]\nclient_id = 'app'\n[[clients]]\nclient_id = 'strong'\nmin_acr = 'mfa'\n";
    let settings = format!("{settings}\n{clients}");
    let service = TestService::in_database(service.database, &settings, None).await;
    let log_in = async |client_id: &str| {
        let body = json!({"email": ADA, "password": PASSWORD, "client_id": client_id});
        service.anon().post("/login", body).await
    };
    log_in("strong").await.assert_problem(401, INSUFFICIENT);
    let mut ada = service.anon();
    ada.keep(log_in("app").await.assert_status(200));
    let changed = ada
        .send_json("PUT", "/password", json!({"new_password": NEW}))
        .await;
    changed.assert_status(200);
}

/// The first factor needs a recent login or the password.
#[tokio::test]
async fn first_passkey_needs_a_recent_login_or_the_password() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    service.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await;
    let phone = Authenticator::p256();
    let refused = phone.add_to(&mut ada).await;
    refused.assert_problem(401, INSUFFICIENT);
    let begun = ada.post("/passkeys/registration", json!({})).await.json();
    let credential = phone.registration_json(&begun["options"]);
    let body = json!({
        "challenge": begun["challenge"], "credential": credential, "password": PASSWORD,
    });
    ada.post("/me/passkeys", body).await.assert_status(201);
}

#[apply(both_engines)]
#[tokio::test]
async fn client_of_two_factors_asks_for_the_passkey(engine: Engine) {
    let clients = "[[clients]]\nclient_id = 'app'\n\
                   [[clients]]\nclient_id = 'strong'\nmin_acr = 'mfa'\n\
                   [[clients]]\nclient_id = 'strongest'\nmin_acr = 'phr'\n";
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let phone = Authenticator::p256();
    phone.add_to(&mut ada).await.assert_status(201);
    let service = TestService::in_database(service.database, clients, None).await;
    let log_in = async |client_id: &str| {
        let body = json!({"email": ADA, "password": PASSWORD, "client_id": client_id});
        service.anon().post("/login", body).await
    };
    for client_id in ["strong", "strongest"] {
        let asked = log_in(client_id).await;
        asked.assert_problem(401, "second_factor_required");
        assert_eq!(asked.json()["kinds"], json!(["passkey"]), "{client_id}");
    }
    log_in("app").await.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn factors_list_the_passkeys(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let added = Authenticator::p256().add_to(&mut ada).await.json();
    let listed = ada.get("/me/factors").await.assert_status(200).json();
    assert_eq!(listed["passkeys"], json!([added["passkey"]]));
    assert_eq!(added["passkey"]["usable"], true);
    let database = service.database;
    let service = TestService::in_database(database, "passkeys.enabled = false", None).await;
    let ada = service.anon().logged_in(ADA).await;
    let listed = ada.get("/me/factors").await.json();
    assert_eq!(listed["passkeys"][0]["usable"], false, "{listed}");
}

/// Otherwise a thief of the session would use them unnoticed.
#[apply(both_engines)]
#[tokio::test]
async fn new_recovery_codes_are_announced(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let phone = Authenticator::p256();
    phone.add_to(&mut ada).await.assert_status(201);
    let ada = phone.logged_in(&service, ada.id()).await;
    let made = ada.post("/me/recovery-codes", json!({})).await;
    made.assert_status(201);
    let outbox = service.outbox.lock().unwrap();
    let mail = outbox.last().unwrap();
    assert_eq!(mail.subject, "New recovery codes at auth.example.com");
    let codes = made.json()["recovery_codes"].clone();
    assert!(!mail.text.contains(codes[0].as_str().unwrap()));
}
