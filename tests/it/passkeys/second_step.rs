//! A passkey as the second factor of a login.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::passkey::encode;

use super::with_both;
use crate::support::{
    Engine, PASSWORD, TestService,
    answer::Answer,
    authenticator::{Authenticator, BE, BS, UP, UV},
    both_engines, token,
    totp::AuthenticatorApp,
};

const ADA: &str = "ada@example.com";

/// Logs in with the password at the default client.
async fn first_step(service: &TestService) -> Value {
    let asked = service.anon().log_in(ADA, PASSWORD).await;
    asked.assert_problem(401, "second_factor_required");
    asked.json()["continuation"].clone()
}

/// Asks for the options of the second step.
async fn begun(service: &TestService, continuation: &Value) -> Value {
    let asked = json!({"continuation": continuation});
    let begun = service.anon().post("/passkeys/challenge", asked).await;
    begun.assert_status(200).json()
}

/// Answers a challenge without a user handle, as authenticators may for a listed credential.
fn answered(continuation: &Value, begun: &Value, phone: &Authenticator) -> Value {
    let mut credential = phone.login_json(&begun["options"], "");
    credential["response"]["userHandle"].take();
    json!({"continuation": continuation, "challenge": begun["challenge"], "credential": credential})
}

async fn second_step(service: &TestService, body: Value) -> Answer {
    service.anon().post("/login/second-factor", body).await
}

#[apply(both_engines)]
#[tokio::test]
async fn passkey_completes_a_login(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut phone = Authenticator::p256();
    phone.flags = UP | UV | BE | BS;
    with_both(&service, ADA, &phone).await;
    let asked = service.anon().log_in(ADA, PASSWORD).await.json();
    assert_eq!(asked["kinds"], json!(["passkey", "totp"]));
    for (flags, acr, amr) in [
        (UP | UV | BE, "phr", json!(["pwd", "pop", "user", "mfa"])),
        (UP | BE, "mfa", json!(["pwd", "pop", "mfa"])),
    ] {
        let continuation = first_step(&service).await;
        let begun = begun(&service, &continuation).await;
        assert_eq!(begun["expires_in"], 300);
        let options = &begun["options"];
        assert_eq!(options["userVerification"], "preferred");
        let listed =
            json!([{"type": "public-key", "id": encode(&phone.id), "transports": ["internal"]}]);
        assert_eq!(options["allowCredentials"], listed);
        phone.flags = flags;
        let body = answered(&continuation, &begun, &phone);
        let done = second_step(&service, body.clone()).await;
        let done = done.assert_status(200).json();
        let claims = token::claims(done["access_token"].as_str().unwrap());
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!(acr), &amr));
        // Once.
        let replayed = second_step(&service, body).await;
        replayed.assert_problem(401, "invalid_passkey");
    }
}

#[tokio::test]
async fn challenge_of_another_ceremony_or_login_is_refused() {
    let service = TestService::new().await;
    let phone = Authenticator::p256();
    let (mut ada, _) = with_both(&service, ADA, &phone).await;
    let continuation = first_step(&service).await;
    let of_step = begun(&service, &continuation).await;

    let login = phone.login_body(&service, ada.id()).await;
    let mut body = login.clone();
    body["continuation"] = continuation.clone();
    body.as_object_mut().unwrap().remove("code_verifier");
    let refused = second_step(&service, body).await;
    refused.assert_problem(401, "invalid_passkey");

    let mut registration = ada.post("/passkeys/registration", json!({})).await.json();
    registration["options"]["challenge"] = registration["options"]["challenge"].clone();
    let body = answered(&continuation, &registration, &phone);
    let refused = second_step(&service, body).await;
    refused.assert_problem(401, "invalid_passkey");

    // The challenge of the second step logs nobody in by itself, and adds no passkey.
    let handle = encode(&ada.id().to_bytes());
    let mut at_login = login;
    at_login["challenge"] = of_step["challenge"].clone();
    at_login["credential"] = phone.login_json(&of_step["options"], &handle);
    let refused = service.anon().post("/login/passkey", at_login).await;
    refused.assert_problem(401, "invalid_passkey");
    let mut tablet = Authenticator::p256();
    tablet.id = vec![8; 16];
    let credential = tablet.registration_json(&of_step["options"]);
    let body = json!({"challenge": of_step["challenge"], "credential": credential});
    let refused = ada.post("/me/passkeys", body).await;
    refused.assert_problem(400, "invalid_registration");

    // Another login of the same user has another continuation.
    service.clock.advance(TimeDelta::seconds(1));
    let other = first_step(&service).await;
    let refused = second_step(&service, answered(&other, &of_step, &phone)).await;
    refused.assert_problem(401, "invalid_passkey");
    let done = second_step(&service, answered(&continuation, &of_step, &phone)).await;
    ada.keep(done.assert_status(200));
}

#[apply(both_engines)]
#[tokio::test]
async fn wrong_answers_are_refused_and_change_nothing(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut phone = Authenticator::p256();
    phone.count = 5;
    with_both(&service, ADA, &phone).await;
    let mut eve = service.signed_up("eve@example.com").await;
    let mut other = Authenticator::p256();
    other.id = vec![8; 16];
    other.add_to(&mut eve).await.assert_status(201);
    let continuation = first_step(&service).await;
    let begun = begun(&service, &continuation).await;
    let right = answered(&continuation, &begun, &phone);
    let mut bodies = vec![answered(&continuation, &begun, &other)];
    for (pointer, value) in [
        ("/challenge", json!("x")),
        ("/credential/id", json!("AAAA")),
        ("/credential/response/clientDataJSON", json!("e30")),
        ("/credential/response/signature", json!("AAAA")),
        (
            "/credential/response/userHandle",
            json!(encode(&eve.id().to_bytes())),
        ),
    ] {
        let mut changed = right.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        bodies.push(changed);
    }
    for body in bodies {
        let refused = second_step(&service, body).await;
        refused.assert_problem(401, "invalid_passkey");
    }
    phone.count = 6;
    let done = second_step(&service, answered(&continuation, &begun, &phone)).await;
    done.assert_status(200);
    // A clone of the key has a counter that has not risen.
    let asked = json!({"continuation": continuation});
    let begun = service.anon().post("/passkeys/challenge", asked).await;
    let cloned = answered(&continuation, &begun.json(), &phone);
    let refused = second_step(&service, cloned).await;
    refused.assert_problem(401, "invalid_passkey");
}

#[rstest]
#[case::without_credential(json!({"challenge": "x"}), "missing_field")]
#[case::without_challenge(json!({"credential": {"id": "A", "rawId": "A", "type": "public-key",
    "response": {"clientDataJSON": "", "authenticatorData": "", "signature": ""}}}), "missing_field")]
#[case::with_code(json!({"challenge": "x", "code": "123456"}), "invalid_field")]
#[case::shape(json!({"challenge": "x", "credential": []}), "invalid_field")]
#[tokio::test]
async fn bad_input_names_its_field(#[case] fields: Value, #[case] code: &str) {
    let service = TestService::new().await;
    with_both(&service, ADA, &Authenticator::p256()).await;
    let mut body = json!({"continuation": first_step(&service).await});
    let members = body.as_object_mut().unwrap();
    members.extend(fields.as_object().unwrap().clone());
    second_step(&service, body).await.assert_problem(422, code);
}

#[tokio::test]
async fn challenge_needs_a_continuation_of_a_user_with_a_passkey() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let ask = async |body: Value| service.anon().post("/passkeys/challenge", body).await;
    let continuation = first_step(&service).await;
    let none = ask(json!({"continuation": continuation})).await;
    none.assert_problem(404, "unknown_factor");
    let forged = ask(json!({"continuation": "m20260101T000000Z.AAAA"})).await;
    forged.assert_problem(400, "invalid_continuation");
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let both = ask(json!({"continuation": continuation, "code_challenge": challenge})).await;
    both.assert_problem(422, "invalid_field");
    ask(json!({})).await.assert_problem(422, "missing_field");

    let phone = Authenticator::p256();
    phone.add_to(&mut ada).await.assert_status(201);
    // The epoch has changed.
    let ended = ask(json!({"continuation": continuation})).await;
    ended.assert_problem(400, "invalid_continuation");
    let continuation = first_step(&service).await;
    let begun = begun(&service, &continuation).await;
    service.clock.advance(TimeDelta::seconds(300));
    let late = second_step(&service, answered(&continuation, &begun, &phone)).await;
    late.assert_problem(400, "invalid_continuation");
}

/// Wrong codes do not keep the owner of a passkey out, and wrong passkeys do not use up the codes.
#[tokio::test]
async fn passkeys_and_codes_have_separate_limits() {
    let service = TestService::with("limits.second_factor = '1/5m'").await;
    let phone = Authenticator::p256();
    let (_, app) = with_both(&service, ADA, &phone).await;
    let continuation = first_step(&service).await;
    let wrong = json!({"continuation": continuation, "code": "000000"});
    let other = Authenticator::p256();
    for _ in 0..3 {
        let begun = begun(&service, &continuation).await;
        let refused = second_step(&service, answered(&continuation, &begun, &other)).await;
        refused.assert_problem(401, "invalid_passkey");
    }
    let refused = second_step(&service, wrong).await;
    refused.assert_problem(401, "invalid_second_factor");
    let code = json!({"continuation": continuation, "code": app.code(service.clock.now())});
    let limited = second_step(&service, code).await;
    limited.assert_problem(429, "rate_limited");
    let begun = begun(&service, &continuation).await;
    let done = second_step(&service, answered(&continuation, &begun, &phone)).await;
    done.assert_status(200);
}

#[tokio::test]
async fn client_that_requires_phr_takes_a_verified_passkey_only() {
    let clients =
        "[[clients]]\nclient_id = 'app'\n[[clients]]\nclient_id = 'strongest'\nmin_acr = 'phr'\n";
    let service = TestService::new().await;
    let mut phone = Authenticator::p256();
    let (_, app) = with_both(&service, ADA, &phone).await;
    let service = TestService::in_database(service.database, clients, None).await;
    service.clock.advance(TimeDelta::seconds(30));
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "strongest"});
    let asked = service.anon().post("/login", body).await;
    asked.assert_problem(401, "second_factor_required");
    let continuation = asked.json()["continuation"].clone();
    let code = json!({"continuation": continuation, "code": app.code(service.clock.now())});
    let refused = second_step(&service, code).await;
    refused.assert_problem(401, "insufficient_user_authentication");
    for (flags, status) in [(UP, 401), (UP | UV, 200)] {
        phone.flags = flags;
        let begun = begun(&service, &continuation).await;
        let answer = second_step(&service, answered(&continuation, &begun, &phone)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

/// An answer without a user handle is one for a listed credential, so its user is that of the first step.
#[tokio::test]
async fn passkey_of_a_user_without_an_app_and_recovery_codes_complete_a_login() {
    let clients =
        "[[clients]]\nclient_id = 'app'\n[[clients]]\nclient_id = 'strong'\nmin_acr = 'mfa'\n";
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let phone = Authenticator::p256();
    phone.add_to(&mut ada).await.assert_status(201);
    let logged_in = phone.log_in(&service, ada.id()).await;
    ada.keep(logged_in.assert_status(200));
    let made = ada.post("/me/recovery-codes", json!({})).await;
    let made = made.assert_status(201).json();
    let service = TestService::in_database(service.database, clients, None).await;
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "strong"});
    let asked = service.anon().post("/login", body).await.json();
    assert_eq!(asked["kinds"], json!(["passkey", "recovery_code"]));
    let continuation = &asked["continuation"];
    let begun = begun(&service, continuation).await;
    let done = second_step(&service, answered(continuation, &begun, &phone)).await;
    done.assert_status(200);
    let body = json!({"continuation": continuation, "recovery_code": made["recovery_codes"][0]});
    let done = second_step(&service, body).await.assert_status(200).json();
    let claims = token::claims(done["access_token"].as_str().unwrap());
    assert_eq!(claims["acr"], "mfa");
}
