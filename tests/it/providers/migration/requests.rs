//! The requests to the old service: when they are sent, their limits and their secrets.

use std::{fs, sync::Mutex};

use serde_json::json;

use super::{ADA, BOB, WEAK, assert_counts, users};
use crate::support::{
    Engine, PASSWORD, TestService,
    log::Log,
    migration::{OldService, SECRET},
    stub::json as json_answer,
    upstream::LOOPBACK,
};

#[tokio::test]
async fn nothing_is_sent_about_known_emails_and_impossible_passwords() {
    let old = OldService::start();
    old.responds(|_| json_answer(200, &json!({"email_verified": true})));
    let service = old.asked_by(Engine::Sqlite, "").await;
    let bob = service.signed_up(BOB).await;
    let long = "x".repeat(1025);
    for (email, password, status) in [
        (BOB, PASSWORD, 200),
        (BOB, "wrong", 401),
        ("BOB@example.com", "wrong\0", 401),
        (ADA, "has a\0NUL", 401),
        (ADA, &long, 422),
        (ADA, "", 422),
        ("no address", PASSWORD, 422),
    ] {
        let answer = service.anon().log_in(email, password).await;
        assert_eq!(answer.status, status, "{email}: {}", answer.text());
    }
    bob.set_active(false).await;
    service
        .anon()
        .log_in(BOB, PASSWORD)
        .await
        .assert_status(401);
    assert_eq!(old.asked(), []);
    assert_counts(&service, [0, 0, 0]);
    assert_eq!(users(&service).await, 1);
}

#[tokio::test]
async fn one_login_is_one_request_with_what_the_user_entered() {
    let old = OldService::start();
    let service = old.asked_by(Engine::Sqlite, "").await;
    let refused = service
        .anon()
        .log_in(" Ada+x@M\u{fc}nchen.example", "cafe\u{301} \"\\")
        .await;
    refused.assert_status(401);
    let asked = old.asked();
    assert_eq!(asked.len(), 1);
    let body = json!({"email": "ada+x@xn--mnchen-3ya.example", "password": "caf\u{e9} \"\\"});
    assert_eq!(asked[0].body, body);
}

#[tokio::test]
async fn requests_are_charged_to_the_limits_of_logins_and_faults_are_not() {
    let old = OldService::start();
    let limits = "limits.enabled = true\nlimits.confirm_network = '5/10m'";
    let service = old.asked_by(Engine::Sqlite, limits).await;
    service.signed_up(BOB).await;
    let log_in = async |email: &str| {
        let peer = service.anon().from("198.51.100.1");
        peer.log_in(email, PASSWORD).await.status
    };
    for _ in 0..10 {
        assert_eq!(log_in(ADA).await, 401);
    }
    assert_eq!(log_in(ADA).await, 429);
    assert_eq!(old.asked().len(), 10);

    // A fault counts like one of a provider, so that nobody floods the old service while it is down.
    old.responds(|_| json_answer(500, &json!({})));
    for _ in 0..5 {
        assert_eq!(log_in("c@example.com").await, 503);
    }
    assert_eq!(log_in("c@example.com").await, 429);
    assert_eq!(old.asked().len(), 15);
    assert_eq!(log_in(BOB).await, 200);
}

#[tokio::test]
async fn reloaded_secret_and_reloaded_configuration_apply_to_the_next_login() {
    let old = OldService::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "first\n").unwrap();
    let settings = format!(
        "issuer = '{LOOPBACK}'\nmigration.verify_url = 'http://{}/'\nmigration.secret_file = '{}'",
        old.address,
        file.display()
    );
    let mut service = TestService::with(&settings).await;
    let refused = async |service: &TestService| {
        service.anon().log_in(ADA, WEAK).await.assert_status(401);
    };
    refused(&service).await;
    fs::write(&file, "second").unwrap();
    service.app.config.reload_secrets().await;
    refused(&service).await;
    let other = format!("{settings}\nmigration.concurrency = 1");
    assert_eq!(service.reload(&other).unwrap(), [""; 0]);
    refused(&service).await;
    let off = format!("issuer = '{LOOPBACK}'");
    assert_eq!(service.reload(&off).unwrap(), [""; 0]);
    refused(&service).await;
    let bearers: Vec<_> = old.asked().into_iter().map(|it| it.bearer).collect();
    assert_eq!(bearers, ["first", "second", "second"]);
}

/// The rule of all requests to other servers applies.
#[tokio::test]
async fn private_address_is_not_requested() {
    let service = TestService::with(
        "migration.verify_url = 'https://127.0.0.1:9/'\nmigration.secret = 'secret'",
    )
    .await;
    let answer = service.anon().log_in(ADA, PASSWORD).await;
    answer.assert_problem(503, "unavailable");
    let text = service.app.exposition.text().unwrap();
    let line = "signet_outbound_requests_refused_total 1\n";
    assert!(text.contains(line), "{text}");
}

#[tokio::test]
async fn log_names_the_fault_and_no_secret() {
    let old = OldService::start();
    let service = old.asked_by(Engine::Sqlite, "").await;
    let log = Log::default();
    let _guard = log.keep();

    let canary = "canary-password";
    let anon = service.anon();
    anon.log_in(ADA, canary).await.assert_status(401);
    for response in [
        json_answer(500, &json!({"password": canary})),
        json_answer(200, &json!({"password": canary})),
    ] {
        let response = Mutex::new(Some(response));
        old.responds(move |_| response.lock().unwrap().take().unwrap());
        anon.log_in(ADA, canary).await.assert_status(503);
    }
    old.stop();
    anon.log_in(ADA, canary).await.assert_status(503);
    old.restart();
    old.knows(ADA, "canary-password", json!({"email_verified": true}));
    anon.log_in(ADA, canary).await.assert_status(200);

    let text = log.text();
    for expected in [
        "migration.verify_url responds with the status 500",
        "but not with a JSON object of email_verified",
        "migration.verify_url cannot be reached: ",
        "sign_up",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    for secret in [canary, SECRET, ADA] {
        assert!(!text.contains(secret), "{text}");
    }
}
