//! Passkeys are added, renamed and removed by their user.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::support::{
    Engine, PASSWORD, TestService, answer::Answer, authenticator::Authenticator, both_engines,
};

const ADA: &str = "ada@example.com";

fn assert_code(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (status, &json!(code))
    );
}

/// The subject of the last mail.
fn last_subject(service: &TestService) -> String {
    let outbox = service.outbox.lock().unwrap();
    outbox.last().unwrap().subject.clone()
}

/// An authenticator with another credential ID.
fn authenticator(number: u8) -> Authenticator {
    let mut authenticator = Authenticator::p256();
    authenticator.id = vec![number; 16];
    authenticator
}

#[apply(both_engines)]
#[tokio::test]
async fn passkey_is_added_renamed_and_removed(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let other = service.anon().logged_in(ADA).await;

    let phone = Authenticator::p256();
    let added = phone.add_to(&mut ada).await;
    added.assert_status(201);
    let passkey = &added.json()["passkey"];
    assert_eq!(passkey["name"], "Passkey");
    assert_eq!(
        (&passkey["usable"], &passkey["backed_up"]),
        (&json!(true), &json!(false))
    );
    // The session of the request goes on, and every other one has ended.
    ada.get("/me").await.assert_status(200);
    other.get("/me").await.assert_status(401);
    assert!(last_subject(&service).contains("A passkey was added"));

    let path = format!("/me/passkeys/{}", passkey["id"].as_str().unwrap());
    service.clock.advance(TimeDelta::minutes(1));
    let renamed = ada
        .send_json("PATCH", &path, json!({"name": " Phone "}))
        .await;
    renamed.assert_status(200);
    assert_eq!(renamed.json()["name"], "Phone");
    assert_ne!(renamed.json()["updated_at"], renamed.json()["created_at"]);
    for name in ["", &"a".repeat(65)] {
        let refused = ada.send_json("PATCH", &path, json!({"name": name})).await;
        assert_code(&refused, 422, "invalid_field");
    }

    ada = phone.logged_in(&service, ada.id()).await;
    let removed = ada.send_json("DELETE", &path, json!({})).await;
    removed.assert_status(200);
    ada.keep(&removed);
    assert!(last_subject(&service).contains("A passkey was removed"));
    assert_code(
        &phone.log_in(&service, ada.id()).await,
        401,
        "invalid_passkey",
    );
    for path in [path.as_str(), "/me/passkeys/x"] {
        assert_code(
            &ada.send_json("DELETE", path, json!({})).await,
            404,
            "unknown_factor",
        );
        let renamed = ada.send_json("PATCH", path, json!({"name": "a"})).await;
        assert_code(&renamed, 404, "unknown_factor");
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn user_has_at_most_ten_passkeys_and_each_of_them_once(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let user = ada.id();
    for number in 0..9 {
        let added = authenticator(number);
        added.add_to(&mut ada).await.assert_status(201);
        ada = added.logged_in(&service, user).await;
    }
    let begun = ada.post("/passkeys/registration", json!({})).await;
    let excluded = &begun.json()["options"]["excludeCredentials"];
    assert_eq!(excluded.as_array().unwrap().len(), 9);
    assert_eq!(excluded[0]["transports"], json!(["internal"]));
    assert_code(
        &authenticator(3).add_to(&mut ada).await,
        409,
        "passkey_exists",
    );

    authenticator(9).add_to(&mut ada).await.assert_status(201);
    let begun = ada.post("/passkeys/registration", json!({})).await;
    assert_code(&begun, 409, "too_many_passkeys");
}

#[tokio::test]
async fn too_many_passkeys_are_refused_when_they_are_added() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let phone = authenticator(0);
    phone.add_to(&mut ada).await.assert_status(201);
    let mut ada = phone.logged_in(&service, ada.id()).await;
    let begun = ada.post("/passkeys/registration", json!({})).await;
    let late = authenticator(99);
    let body = json!({
        "challenge": begun.json()["challenge"],
        "credential": late.registration_json(&begun.json()["options"]),
    });
    for number in 1..10 {
        let added = authenticator(number).add_to(&mut ada).await;
        added.assert_status(201);
    }
    assert_code(
        &ada.post("/me/passkeys", body).await,
        409,
        "too_many_passkeys",
    );
}

#[tokio::test]
async fn options_of_a_registration_are_those_of_webauthn() {
    let service = TestService::with("pages.name = 'Acme'").await;
    let ada = service.signed_up(ADA).await;
    let begun = ada.post("/passkeys/registration", json!({})).await.json();
    let options = &begun["options"];
    assert_eq!(begun["expires_in"], 300);
    assert_eq!(
        options["rp"],
        json!({"id": "auth.example.com", "name": "Acme"})
    );
    assert_eq!(options["user"]["name"], ADA);
    assert_eq!(options["attestation"], "none");
    let algorithms: Vec<_> = options["pubKeyCredParams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["alg"])
        .collect();
    assert_eq!(algorithms, [&json!(-8), &json!(-7), &json!(-257)]);
    let selection = json!({"residentKey": "preferred", "requireResidentKey": false, "userVerification": "required"});
    assert_eq!(options["authenticatorSelection"], selection);
    assert_eq!(options["extensions"], json!({"credProps": true}));
}

#[tokio::test]
async fn registration_of_another_session_or_with_a_wrong_answer_is_refused() {
    let service = TestService::new().await;
    let ada = service.signed_up(ADA).await;
    let eve = service.signed_up("eve@example.com").await;
    let second = service.anon().logged_in(ADA).await;
    let phone = Authenticator::p256();
    let begun = ada.post("/passkeys/registration", json!({})).await.json();
    let credential = phone.registration_json(&begun["options"]);
    let body =
        |credential: &Value| json!({"challenge": begun["challenge"], "credential": credential});
    for other in [&eve, &second] {
        let refused = other.post("/me/passkeys", body(&credential)).await;
        assert_code(&refused, 400, "invalid_registration");
    }
    for (pointer, value) in [
        ("/id", json!("AAAA")),
        ("/rawId", json!("AAAA")),
        ("/type", json!("password")),
        ("/response/clientDataJSON", json!("e30")),
        ("/response/clientDataJSON", json!("=")),
        ("/response/attestationObject", json!("oA")),
        ("/response/attestationObject", json!("")),
    ] {
        let mut changed = credential.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let refused = ada.post("/me/passkeys", body(&changed)).await;
        assert_code(&refused, 400, "invalid_registration");
    }
    for pointer in ["/id", "/type", "/response", "/response/clientDataJSON"] {
        let mut changed = credential.clone();
        *changed.pointer_mut(pointer).unwrap() = json!(1);
        let refused = ada.post("/me/passkeys", body(&changed)).await;
        assert_code(&refused, 422, "invalid_field");
    }
    let login = json!({"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"});
    let login = service
        .anon()
        .post("/passkeys/challenge", login)
        .await
        .json();
    let other = json!({"challenge": login["challenge"], "credential": credential});
    assert_code(
        &ada.post("/me/passkeys", other).await,
        400,
        "invalid_registration",
    );
    service.clock.advance(TimeDelta::minutes(5));
    let ada = service.anon().logged_in(ADA).await;
    assert_code(
        &ada.post("/me/passkeys", body(&credential)).await,
        400,
        "invalid_registration",
    );
}

#[tokio::test]
async fn passkeys_are_changed_by_a_recent_login_with_a_passkey_only() {
    let service = TestService::new().await;
    let mut ada = service.signed_up(ADA).await;
    let phone = Authenticator::p256();
    let added = phone.add_to(&mut ada).await.json();
    let path = format!("/me/passkeys/{}", added["passkey"]["id"].as_str().unwrap());
    let mut ada = phone.logged_in(&service, ada.id()).await;
    service.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await;
    for body in [
        json!({}),
        json!({"password": "wrong"}),
        json!({"password": PASSWORD}),
    ] {
        let refused = ada.send_json("DELETE", &path, body).await;
        assert_code(&refused, 401, "insufficient_user_authentication");
    }
    let refused = authenticator(1).add_to(&mut ada).await;
    assert_code(&refused, 401, "insufficient_user_authentication");
    let ada = phone.logged_in(&service, ada.id()).await;
    ada.send_json("DELETE", &path, json!({}))
        .await
        .assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn reset_by_mail_removes_the_passkeys_of_the_last_week(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let (old, new) = (authenticator(1), authenticator(2));
    old.add_to(&mut ada).await.assert_status(201);
    service.clock.advance(TimeDelta::days(8));
    let mut ada = old.logged_in(&service, ada.id()).await;
    new.add_to(&mut ada).await.assert_status(201);
    let user = ada.id();
    let asked = json!({"email": ADA});
    service
        .anon()
        .post("/password/forgot", asked)
        .await
        .assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let reset = json!({"token": token, "password": "another password, for a while"});
    service
        .anon()
        .post("/password/reset", reset)
        .await
        .assert_status(204);
    let notice = service.outbox.lock().unwrap().last().unwrap().text.clone();
    assert!(notice.contains("Passkeys"), "{notice}");
    old.log_in(&service, user).await.assert_status(200);
    assert_code(&new.log_in(&service, user).await, 401, "invalid_passkey");
}

/// As a reset by mail: the thief of a session may have added them.
#[apply(both_engines)]
#[tokio::test]
async fn new_email_removes_the_passkeys_of_the_last_week(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let (old, recent) = (authenticator(1), authenticator(2));
    old.add_to(&mut ada).await.assert_status(201);
    service.clock.advance(TimeDelta::days(8));
    let mut ada = old.logged_in(&service, ada.id()).await;
    recent.add_to(&mut ada).await.assert_status(201);
    let new = "ada@example.org";
    let asked = ada.post("/email", json!({"email": new})).await;
    asked.assert_status(202);
    let token = service.mailed_token(new).unwrap();
    let body = json!({"token": token});
    let confirmed = service.anon().post("/email/confirm", body).await;
    confirmed.assert_status(204);
    let outbox = service.outbox.lock().unwrap().clone();
    let last = |to: &str| outbox.iter().rfind(|mail| mail.to.as_str() == to).unwrap();
    assert!(
        last(ADA).text.contains("removed: Passkeys"),
        "{}",
        last(ADA).text
    );
    assert!(last(new).subject.contains("A passkey was removed"));
    old.log_in(&service, ada.id()).await.assert_status(200);
    let refused = recent.log_in(&service, ada.id()).await;
    assert_code(&refused, 401, "invalid_passkey");
}

/// A user without a password keeps one of the passkeys, or another login method.
#[apply(both_engines)]
#[tokio::test]
async fn last_passkey_of_a_user_without_a_password_cannot_be_removed(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up(ADA).await;
    let (phone, tablet) = (authenticator(1), authenticator(2));
    let user = ada.id();
    let mut paths = Vec::new();
    for passkey in [&phone, &tablet] {
        let added = passkey.add_to(&mut ada).await.assert_status(201).json();
        paths.push(format!(
            "/me/passkeys/{}",
            added["passkey"]["id"].as_str().unwrap()
        ));
        ada = passkey.logged_in(&service, user).await;
    }
    let accounts = "DELETE FROM accounts";
    service.database.execute(accounts).await;
    let remove = async |path: &str| {
        let ada = tablet.logged_in(&service, user).await;
        ada.send_json("DELETE", path, json!({})).await
    };
    remove(&paths[0]).await.assert_status(200);
    assert_code(&remove(&paths[1]).await, 409, "last_way_in");
    tablet.log_in(&service, user).await.assert_status(200);
}
