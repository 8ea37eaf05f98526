//! Logins with passkeys: replays, counters, and everything that is wrong.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::{
    client::CodeChallenge,
    identity::UserId,
    passkey::{StoredPasskey, encode},
};

use crate::support::{
    ApiClient, Engine, TestService,
    answer::Answer,
    authenticator::{Authenticator, BE, BS, UP, UV},
    both_engines,
    oauth_client::VERIFIER,
    redis::RedisServer,
    token,
};

const ADA: &str = "ada@example.com";

fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (401, &json!("invalid_passkey")),
        "{what}"
    );
}

/// A service and a user with that passkey.
async fn with_passkey<'a>(service: &'a TestService, passkey: &Authenticator) -> ApiClient<'a> {
    let mut ada = service.signed_up(ADA).await;
    passkey.add_to(&mut ada).await.assert_status(201);
    ada
}

async fn stored(service: &TestService, user: UserId) -> StoredPasskey {
    let found = service
        .app
        .store
        .user_with_passkeys(user)
        .await
        .unwrap()
        .unwrap();
    StoredPasskey::parse(found.passkeys[0].verifier.expose()).unwrap()
}

#[apply(both_engines)]
#[tokio::test]
async fn passkey_logs_in_without_an_email(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut phone = Authenticator::ed25519();
    let ada = with_passkey(&service, &phone).await;
    let answer = phone.log_in(&service, ada.id()).await;
    answer.assert_status(200);
    let claims = token::claims(answer.json()["access_token"].as_str().unwrap());
    assert_eq!(claims["sub"], ada.id().to_string());
    assert_eq!(claims["amr"], json!(["pop", "user", "mfa", "hwk"]));
    assert_eq!(claims["auth_time"], service.clock.now().timestamp());
    // A synced passkey is no key of one device.
    let mut eve = service.signed_up("eve@example.com").await;
    phone.flags = UP | UV | BE | BS;
    phone.id = vec![8; 16];
    let added = phone.add_to(&mut eve).await;
    assert_eq!(added.json()["passkey"]["backed_up"], json!(true));
    let answer = phone.log_in(&service, eve.id()).await.json();
    let claims = token::claims(answer["access_token"].as_str().unwrap());
    assert_eq!(claims["amr"], json!(["pop", "user", "mfa"]));
}

#[tokio::test]
async fn answer_is_accepted_once_at_nodes_that_coordinate() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let settings = redis.settings();
    let service = TestService::with(&settings).await;
    let other = service.second_node(&settings).await;
    let phone = Authenticator::p256();
    let ada = with_passkey(&service, &phone).await;
    let body = phone.login_body(&service, ada.id()).await;
    let answer = service.anon().post("/login/passkey", body.clone()).await;
    answer.assert_status(200);
    let again = other.anon().post("/login/passkey", body).await;
    assert_refused(&again, "used at the other node");
}

#[tokio::test]
async fn answer_is_accepted_once_and_by_the_holder_of_the_secret() {
    let service = TestService::new().await;
    let phone = Authenticator::p256();
    let ada = with_passkey(&service, &phone).await;
    let body = phone.login_body(&service, ada.id()).await;
    let mut stolen = body.clone();
    stolen["code_verifier"] = json!("a".repeat(43));
    assert_refused(
        &service.anon().post("/login/passkey", stolen).await,
        "other secret",
    );
    service
        .anon()
        .post("/login/passkey", body.clone())
        .await
        .assert_status(200);
    assert_refused(
        &service.anon().post("/login/passkey", body).await,
        "replayed",
    );
    let late = phone.login_body(&service, ada.id()).await;
    service.clock.advance(TimeDelta::minutes(5));
    assert_refused(
        &service.anon().post("/login/passkey", late).await,
        "expired",
    );
}

#[tokio::test]
async fn challenge_belongs_to_one_client_and_one_ceremony() {
    let clients = "[[clients]]\nclient_id = 'one'\n[[clients]]\nclient_id = 'two'\norigins = ['https://two.example']";
    let service = TestService::with(clients).await;
    let mut phone = Authenticator::p256();
    let mut ada = service.anon();
    let asked = json!({"email": ADA, "client_id": "one"});
    ada.post("/signup", asked).await.assert_status(202);
    let confirmed =
        json!({"token": service.mailed_token(ADA), "password": crate::support::PASSWORD});
    ada.keep(&ada.post("/signup/confirm", confirmed).await);
    phone.add_to(&mut ada).await.assert_status(201);
    let handle = encode(&ada.id().to_bytes());
    let options_for = async |client: &str| {
        let asked =
            json!({"code_challenge": CodeChallenge::to(VERIFIER).as_str(), "client_id": client});
        service
            .anon()
            .post("/passkeys/challenge", asked)
            .await
            .json()
    };
    let body = |begun: &Value, credential: Value, client: &str| {
        json!({"challenge": begun["challenge"], "code_verifier": VERIFIER, "credential": credential,
               "client_id": client})
    };
    let begun = options_for("one").await;
    let credential = phone.login_json(&begun["options"], &handle);
    let other = service
        .anon()
        .post("/login/passkey", body(&begun, credential.clone(), "two"))
        .await;
    assert_refused(&other, "other client");
    service
        .anon()
        .post("/login/passkey", body(&begun, credential, "one"))
        .await
        .assert_status(200);
    // The origins of the client that logs in count, and those of others do not.
    phone.origin = "https://two.example".to_owned();
    for (client, status) in [("one", 401), ("two", 200)] {
        let begun = options_for(client).await;
        let credential = phone.login_json(&begun["options"], &handle);
        let answer = service
            .anon()
            .post("/login/passkey", body(&begun, credential, client))
            .await;
        assert_eq!(answer.status, status, "{client}");
    }
    let registration = ada.post("/passkeys/registration", json!({})).await.json();
    let credential = phone.login_json(&registration["options"], &handle);
    let answer = service
        .anon()
        .post("/login/passkey", body(&registration, credential, "two"))
        .await;
    assert_refused(&answer, "challenge of a registration");
}

#[tokio::test]
async fn every_wrong_answer_gets_the_same_response() {
    let service = TestService::new().await;
    let mut phone = Authenticator::p256();
    let ada = with_passkey(&service, &phone).await;
    let eve = service.signed_up("eve@example.com").await;
    let mut bodies = Vec::new();
    let nobody: UserId = "01890000-0000-7000-8000-000000000000".parse().unwrap();
    for user in [eve.id(), nobody] {
        bodies.push(phone.login_body(&service, user).await);
    }
    let right = phone.login_body(&service, ada.id()).await;
    for (pointer, value) in [
        ("/challenge", json!("x")),
        ("/code_verifier", json!("x")),
        ("/credential/id", json!("AAAA")),
        ("/credential/rawId", json!("AAAA")),
        ("/credential/type", json!("x")),
        ("/credential/response/clientDataJSON", json!("e30")),
        ("/credential/response/authenticatorData", json!("AAAA")),
        ("/credential/response/signature", json!("AAAA")),
        ("/credential/response/signature", json!("!")),
        ("/credential/response/userHandle", json!("AAAA")),
        ("/credential/response/userHandle", json!(null)),
    ] {
        let mut changed = right.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        bodies.push(changed);
    }
    phone.id = vec![1; 16];
    bodies.push(phone.login_body(&service, ada.id()).await);
    bodies.push(Authenticator::p256().login_body(&service, ada.id()).await);
    let mut texts = Vec::new();
    for body in bodies {
        let answer = service.anon().post("/login/passkey", body).await;
        assert_refused(&answer, "wrong");
        texts.push(answer.text().clone());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    service
        .anon()
        .post("/login/passkey", right.clone())
        .await
        .assert_status(200);
    for pointer in [
        "/credential",
        "/credential/response",
        "/credential/id",
        "/credential/response/signature",
    ] {
        let mut changed = right.clone();
        *changed.pointer_mut(pointer).unwrap() = json!([]);
        let answer = service.anon().post("/login/passkey", changed).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (422, &json!("invalid_field")),
            "{pointer}"
        );
    }
}

#[tokio::test]
async fn unverified_and_disabled_users_are_refused() {
    let service = TestService::new().await;
    let mut phone = Authenticator::p256();
    let ada = with_passkey(&service, &phone).await;
    phone.flags = UP;
    assert_refused(
        &phone.log_in(&service, ada.id()).await,
        "no user verification",
    );
    phone.flags = UP | UV;
    ada.set_active(false).await;
    assert_refused(&phone.log_in(&service, ada.id()).await, "disabled");
    ada.set_active(true).await;
    phone.log_in(&service, ada.id()).await.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn counter_rises_and_a_clone_of_a_key_of_one_device_is_refused(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut key = Authenticator::p256();
    key.count = 5;
    let ada = with_passkey(&service, &key).await;
    for (count, status, stored_count) in [
        (5, 401, 5),
        (6, 200, 6),
        (4, 401, 6),
        (0, 401, 6),
        (9, 200, 9),
    ] {
        key.count = count;
        let answer = key.log_in(&service, ada.id()).await;
        assert_eq!(answer.status, status, "{count}");
        assert_eq!(
            stored(&service, ada.id()).await.count,
            stored_count,
            "{count}"
        );
    }
}

#[tokio::test]
async fn counter_of_a_synced_passkey_may_fall_and_the_stored_one_stays() {
    let service = TestService::new().await;
    let mut phone = Authenticator::p256();
    (phone.count, phone.flags) = (5, UP | UV | BE);
    let ada = with_passkey(&service, &phone).await;
    for (count, stored_count) in [(3, 5), (0, 5), (7, 7), (7, 7)] {
        phone.count = count;
        phone.log_in(&service, ada.id()).await.assert_status(200);
        assert_eq!(stored(&service, ada.id()).await.count, stored_count);
    }
    // The state of the backup is written with the next counter.
    phone.flags |= BS;
    phone.log_in(&service, ada.id()).await.assert_status(200);
    assert!(!stored(&service, ada.id()).await.is_backed_up);
    phone.count = 8;
    phone.log_in(&service, ada.id()).await.assert_status(200);
    assert!(stored(&service, ada.id()).await.is_backed_up);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_ten_concurrent_logins_with_one_counter_succeeds(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut key = Authenticator::ed25519();
    key.count = 1;
    let ada = with_passkey(&service, &key).await;
    key.count = 2;
    let user = ada.id();
    let bodies = join_all((0..10).map(|_| key.login_body(&service, user))).await;
    let anon = service.anon();
    let answers = join_all(
        bodies
            .into_iter()
            .map(|body| anon.post("/login/passkey", body)),
    )
    .await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_refused(answer, "concurrent");
    }
}

#[tokio::test]
async fn refused_logins_are_limited_and_good_ones_are_not() {
    let service = TestService::with("limits.confirm_network = '3/15m'").await;
    let phone = Authenticator::p256();
    let ada = with_passkey(&service, &phone).await;
    for _ in 0..5 {
        phone.log_in(&service, ada.id()).await.assert_status(200);
    }
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let other = Authenticator::p256();
        statuses.push(other.log_in(&service, ada.id()).await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}
