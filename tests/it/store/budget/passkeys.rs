//! The statements of passkeys: a login is one read, and one compare-and-swap if the counter has risen.

use rstest_reuse::apply;
use serde_json::json;

use super::{counted, read_only, said};
use crate::support::{
    Engine, PASSWORD, TestService, authenticator::Authenticator, both_engines,
    totp::AuthenticatorApp,
};

/// On connections that reject writes.
#[apply(both_engines)]
#[tokio::test]
async fn login_without_a_counter_reads_once_and_writes_nothing(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up("ada@example.com").await;
    let phone = Authenticator::ed25519();
    phone.add_to(&mut ada).await.assert_status(201);
    let user = ada.id();
    let TestService { database, app, .. } = service;
    app.store.close().await;
    let service = read_only(database, engine).await;
    for _ in 0..20 {
        let (body, words) = said(phone.login_body(&service, user)).await;
        assert!(words.is_empty(), "{words:?}");
        let work = async { service.anon().post("/login/passkey", body).await.status };
        assert_eq!(counted(work).await, (200, 1, 0));
    }
    // A refused login costs the same.
    let body = Authenticator::p256().login_body(&service, user).await;
    let work = async { service.anon().post("/login/passkey", body).await.status };
    assert_eq!(counted(work).await, (401, 1, 0));
}

#[apply(both_engines)]
#[tokio::test]
async fn login_with_a_risen_counter_is_one_read_and_one_compare_and_swap(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up("ada@example.com").await;
    let mut key = Authenticator::p256();
    key.count = 1;
    key.add_to(&mut ada).await.assert_status(201);
    for count in 2..5 {
        key.count = count;
        let body = key.login_body(&service, ada.id()).await;
        let (answer, words) = said(service.anon().post("/login/passkey", body)).await;
        assert_eq!(
            (answer.status, words),
            (200, vec!["SELECT".to_owned(), "UPDATE".to_owned()])
        );
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn enrolment_and_removal_are_one_transaction_each(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let phone = Authenticator::p256();
    let begun = ada.post("/passkeys/registration", json!({})).await.json();
    let credential = phone.registration_json(&begun["options"]);
    let body = json!({"challenge": begun["challenge"], "credential": credential});
    let (added, words) = said(ada.post("/me/passkeys", body)).await;
    added.assert_status(201);
    assert_eq!(
        words
            .iter()
            .filter(|word| *word == "UPDATE" || *word == "INSERT")
            .count(),
        2,
        "{words:?}"
    );
    let ada = phone.logged_in(&service, ada.id()).await;
    let path = format!(
        "/me/passkeys/{}",
        added.json()["passkey"]["id"].as_str().unwrap()
    );
    let (removed, words) = said(ada.send_json("DELETE", &path, json!({}))).await;
    removed.assert_status(200);
    assert_eq!(
        words
            .iter()
            .filter(|word| *word == "UPDATE" || *word == "DELETE")
            .count(),
        3,
        "{words:?}"
    );
}

#[apply(both_engines)]
#[tokio::test]
async fn second_step_is_one_read_and_one_write_if_the_counter_has_risen(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.signed_up("ada@example.com").await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let mut key = Authenticator::p256();
    key.add_to(&mut ada).await.assert_status(201);
    for (count, writes) in [(0, 0), (1, 1)] {
        key.count = count;
        let log_in = service.anon();
        let (asked, reads, written) = counted(log_in.log_in("ada@example.com", PASSWORD)).await;
        assert_eq!((asked.status, reads, written), (401, 1, 0));
        let continuation = asked.json()["continuation"].clone();
        let body = json!({"continuation": continuation});
        let (begun, reads, written) = counted(log_in.post("/passkeys/challenge", body)).await;
        assert_eq!((begun.status, reads, written), (200, 1, 0));
        let mut credential = key.login_json(&begun.json()["options"], "");
        credential["response"]["userHandle"].take();
        let body = json!({
            "continuation": continuation, "challenge": begun.json()["challenge"],
            "credential": credential,
        });
        let done = counted(log_in.post("/login/second-factor", body)).await;
        assert_eq!((done.0.status, done.1, done.2), (200, 1, writes));
    }
}
