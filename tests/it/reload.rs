//! The configuration is reloaded while the service runs.

mod process;
mod used_tokens;

use std::fs;

use serde_json::json;

use crate::support::{ApiClient, PASSWORD, TestService, answer::Answer};

const ADA: &str = "ada@example.com";
const WEB: &str = "[[clients]]\nclient_id = 'web'\n";
const APP: &str = "[[clients]]\nclient_id = 'app'\naudience = 'https://app.example.com'\n";

async fn log_in_at(service: &TestService, client_id: &str) -> Answer {
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": client_id});
    service.anon().post("/login", body).await
}

/// A service with the client `web`, and the tokens of Ada there.
async fn with_session() -> (TestService, String, String) {
    let service = TestService::with(WEB).await;
    let ada = service.signed_up(ADA).await;
    let (access, refresh) = (ada.access.clone().unwrap(), ada.refresh.clone().unwrap());
    (service, access, refresh)
}

fn with_access<'a>(service: &'a TestService, access: &str) -> ApiClient<'a> {
    let mut client = service.anon();
    client.access = Some(access.to_owned());
    client
}

#[tokio::test]
async fn new_client_logs_users_in_and_tokens_of_before_stay_valid() {
    let (mut service, access, refresh) = with_session().await;
    let unknown = log_in_at(&service, "app").await;
    unknown.assert_status(400);

    assert!(service.reload(&format!("{WEB}{APP}")).unwrap().is_empty());
    log_in_at(&service, "app").await.assert_status(200);
    let me = with_access(&service, &access).get("/me").await;
    me.assert_status(200);
    let body = json!({"refresh_token": refresh, "client_id": "web"});
    let refreshed = service.anon().post("/refresh", body.clone()).await;
    refreshed.assert_status(200);

    // The tokens of a removed client are refused.
    service.reload(APP).unwrap();
    let refused = service.anon().post("/refresh", body).await;
    refused.assert_problem(401, "invalid_grant");
    log_in_at(&service, "web").await.assert_status(400);
}

#[tokio::test]
async fn faulty_settings_change_nothing() {
    let (mut service, ..) = with_session().await;
    let faults = service
        .reload(&format!("{WEB}{APP}limits = 1\n"))
        .unwrap_err();
    assert!(
        faults.contains("clients[1].limits (signet.toml line"),
        "{faults}"
    );
    log_in_at(&service, "app").await.assert_status(400);
}

#[tokio::test]
async fn client_without_a_signing_key_is_refused_until_the_key_exists() {
    let (mut service, ..) = with_session().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("layout.subject"), "Replaced").unwrap();
    let mails = format!("mail.templates = '{}'\n", folder.path().display());
    let rsa = format!("{mails}limits.enabled = true\n{WEB}{APP}algorithm = 'RS256'\n");
    let faults = service.reload(&rsa).unwrap_err();
    assert!(faults.contains("NothingSigns"), "{faults}");

    // Nothing of it applies: neither the clients nor the templates.
    log_in_at(&service, "app").await.assert_status(400);
    let body = json!({"email": "bob@example.com"});
    let asked = service.anon().post("/signup", body.clone()).await;
    asked.assert_status(202);
    let subject = |service: &TestService| {
        let outbox = service.outbox.lock().unwrap();
        outbox.last().unwrap().subject.clone()
    };
    assert_ne!(subject(&service), "Replaced");

    let (folder, now) = (&service.app.config.keys.folder, service.clock.now());
    let algorithms = [signet::client::Algorithm::Rs256];
    signet::keyring::generate(folder, &algorithms, &service.app.entropy, now).unwrap();
    service.reread_keys().await;
    service.reload(&rsa).unwrap();
    log_in_at(&service, "app").await.assert_status(200);
    let body = json!({"email": "bob@example.com", "client_id": "web"});
    let asked = service.anon().post("/signup", body).await;
    asked.assert_status(202);
    assert_eq!(subject(&service), "Replaced");
}

#[tokio::test]
async fn settings_that_need_a_restart_are_named_and_not_applied() {
    let (mut service, ..) = with_session().await;
    let changed =
        format!("listen = '127.0.0.1:1'\nissuer = 'https://other.example.com'\n{WEB}{APP}");
    assert_eq!(service.reload(&changed).unwrap(), ["issuer", "listen"]);
    let issuer = service.app.config.issuer.as_str();
    assert_eq!(issuer, crate::support::test_service::ISSUER);
    let login = log_in_at(&service, "app").await.assert_status(200).json();
    let claims = crate::support::token::claims(login["access_token"].as_str().unwrap());
    assert_eq!(claims["iss"], issuer);
}

#[tokio::test]
async fn page_templates_are_replaced() {
    let (mut service, ..) = with_session().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("extra.css"), "main { color: teal }").unwrap();
    let page = service.anon().get("/signup").await;
    assert!(!page.text().contains("teal"));
    let settings = format!("pages.templates = '{}'\n{WEB}", folder.path().display());
    service.reload(&settings).unwrap();
    assert!(service.anon().get("/signup").await.text().contains("teal"));
    // A file that has changed is read again, although the setting is the same.
    fs::write(folder.path().join("extra.css"), "main { color: plum }").unwrap();
    service.reload(&settings).unwrap();
    assert!(service.anon().get("/signup").await.text().contains("plum"));
}

#[tokio::test]
async fn limits_keep_their_counts_until_their_settings_change() {
    let limits = |count: u32| format!("limits.login_pair = '{count}/1h'\n{WEB}");
    let mut service = TestService::with(&limits(2)).await;
    let failed_login = async |service: &TestService| {
        let login = service.anon().log_in(ADA, "not the password").await;
        login.status
    };
    assert_eq!(failed_login(&service).await, 401);
    assert_eq!(failed_login(&service).await, 401);
    assert_eq!(failed_login(&service).await, 429);
    service.reload(&format!("{}{APP}", limits(2))).unwrap();
    service.reload(&limits(2)).unwrap();
    assert_eq!(failed_login(&service).await, 429);
    // With other settings, all budgets are full again.
    service.reload(&limits(1)).unwrap();
    assert_eq!(failed_login(&service).await, 401);
    assert_eq!(failed_login(&service).await, 429);
    service
        .reload(&format!("limits.enabled = false\n{WEB}"))
        .unwrap();
    assert_eq!(failed_login(&service).await, 401);
}

#[tokio::test]
async fn secrets_of_longer_sessions_verify_longer() {
    let client = |idle: &str| format!("{WEB}refresh_idle = '{idle}'\n");
    let mut service = TestService::with(&client("1h")).await;
    let now = service.clock.now();
    service.rotate(now + chrono::TimeDelta::hours(2)).await;
    service.clock.advance(chrono::TimeDelta::hours(2));
    let verifies_until = |service: &TestService| {
        let keys = service.app.tokens.keyring().list();
        let windows = keys.iter().map(|(_, _, window)| window.verifies_until);
        windows.max().unwrap().unwrap()
    };
    let before = verifies_until(&service);
    service.reload(&client("100h")).unwrap();
    let after = verifies_until(&service);
    assert!(
        after - before > chrono::TimeDelta::hours(50),
        "{before} {after}"
    );
}
