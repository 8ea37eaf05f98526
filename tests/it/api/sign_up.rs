//! Sign-up: nothing is stored before the email is verified, and the password is chosen with the
//! link.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::json;

use crate::support::{Engine, PASSWORD, TestService, both_engines};

#[apply(both_engines)]
#[tokio::test]
async fn sign_up_link_creates_a_user(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut ada = service.anon();

    let asked = ada
        .post(
            "/signup",
            json!({"email": "Ada@Example.com", "name": " Ada "}),
        )
        .await;
    asked.assert_status(202);
    assert_eq!(asked.body, b"");
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);

    let token = service.mailed_token("ada@example.com").unwrap();
    let confirmed = ada
        .post(
            "/signup/confirm",
            json!({"token": token, "password": PASSWORD}),
        )
        .await;
    confirmed.assert_status(201);
    assert_eq!(confirmed.header("cache-control"), "no-store");
    let body = confirmed.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 300);
    assert_eq!(body["refresh_expires_in"], 30 * 24 * 3600);

    ada.keep(&confirmed);
    let me = ada.get("/me").await;
    assert_eq!(
        me.assert_status(200).json(),
        json!({
            "id": ada.claims()["sub"],
            "name": "Ada",
            "email": "ada@example.com",
            "email_verified": "2026-01-01T00:00:00Z",
            "image": null,
            "role": "user",
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        })
    );
}

#[tokio::test]
async fn sign_up_with_a_known_email_gives_the_same_response_and_another_mail() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    service.outbox.lock().unwrap().clear();

    let known = service
        .anon()
        .post("/signup", json!({"email": "ADA@example.com"}))
        .await;
    let unknown = service
        .anon()
        .post("/signup", json!({"email": "eve@example.com"}))
        .await;
    assert_eq!(known.comparable(), unknown.comparable());

    assert_eq!(service.mailed_token("ada@example.com"), None);
    assert!(service.mailed_token("eve@example.com").is_some());
    let outbox = service.outbox.lock().unwrap();
    assert_eq!(outbox.len(), 2);
    assert_eq!(
        outbox[0].subject,
        "You already have an account at auth.example.com"
    );
}

#[tokio::test]
async fn sign_up_mail_contains_no_input_of_the_caller() {
    let service = TestService::new().await;
    let body = json!({"email": "ada@example.com", "name": "Visit evil.example now"});
    service
        .anon()
        .post("/signup", body)
        .await
        .assert_status(202);
    assert!(!service.outbox.lock().unwrap()[0].text.contains("evil"));
}

#[tokio::test]
async fn mailed_links_use_the_configured_base_url() {
    let service = TestService::with(
        "[[clients]]\nclient_id = 'own'\n\
         [[clients]]\nclient_id = 'web'\napp_url = 'https://app.example.com/start/'",
    )
    .await;
    for (client_id, page) in [
        (
            "own",
            "https://auth.example.com/signup/confirm?ui_locales=en&client_id=own#token=",
        ),
        ("web", "https://app.example.com/start/signup/confirm#token="),
    ] {
        let headers = [
            ("content-type", "application/json"),
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "ftp"),
            ("forwarded", "host=evil.example"),
        ];
        let body = json!({"email": "ada@example.com", "client_id": client_id}).to_string();
        let uri = "http://evil.example/signup";
        service
            .anon()
            .send("POST", uri, &headers, body)
            .await
            .assert_status(202);
        let outbox = service.outbox.lock().unwrap();
        let text = &outbox.last().unwrap().text;
        assert!(text.contains(page) && !text.contains("evil"), "{text}");
    }
}

#[tokio::test]
async fn repeated_confirmation_with_the_same_password_logs_in() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let token = service.mailed_token("ada@example.com").unwrap();

    let again = ada
        .post(
            "/signup/confirm",
            json!({"token": token, "password": PASSWORD}),
        )
        .await;
    again.assert_status(201);
    let mut second = service.anon();
    second.keep(&again);
    assert_eq!(second.claims()["sub"], ada.claims()["sub"]);
    assert_ne!(second.claims()["sid"], ada.claims()["sid"]);
    assert_eq!(service.app.store.users(None, 10).await.unwrap().len(), 1);

    let other = json!({"token": token, "password": "another good password"});
    ada.post("/signup/confirm", other)
        .await
        .assert_problem(400, "invalid_link");
    ada.log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn sign_up_link_expires_after_a_day() {
    let service = TestService::new().await;
    let ada = service.anon();
    ada.post("/signup", json!({"email": "ada@example.com"}))
        .await
        .assert_status(202);
    let token = service.mailed_token("ada@example.com").unwrap();
    service.clock.advance(TimeDelta::days(1));
    let confirmed = ada
        .post(
            "/signup/confirm",
            json!({"token": token, "password": PASSWORD}),
        )
        .await;
    confirmed.assert_problem(400, "invalid_link");
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_links_creates_the_user(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut tokens = vec![];
    for _ in 0..20 {
        service
            .anon()
            .post("/signup", json!({"email": "ada@example.com"}))
            .await
            .assert_status(202);
        tokens.push(service.mailed_token("ada@example.com").unwrap());
    }
    let answers = join_all(tokens.iter().map(|token| {
        let ada = service.anon();
        let body = json!({"token": token, "password": PASSWORD});
        async move { ada.post("/signup/confirm", body).await }
    }))
    .await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 19));
    for answer in &refused {
        answer.assert_problem(400, "invalid_link");
        assert_eq!(answer.comparable(), refused[0].comparable());
    }
    assert_eq!(service.app.store.users(None, 10).await.unwrap().len(), 1);
}

#[apply(both_engines)]
#[tokio::test]
async fn concurrent_confirmations_of_one_link_create_one_user_and_ten_sessions(engine: Engine) {
    let service = TestService::on(engine).await;
    service
        .anon()
        .post("/signup", json!({"email": "ada@example.com"}))
        .await
        .assert_status(202);
    let token = service.mailed_token("ada@example.com").unwrap();
    let answers = join_all((0..10).map(|_| {
        let ada = service.anon();
        let body = json!({"token": token, "password": PASSWORD});
        async move { ada.post("/signup/confirm", body).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    assert_eq!(service.app.store.users(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn confirmation_sets_the_password_and_rejects_weak_ones() {
    let service = TestService::new().await;
    let ada = service.anon();
    ada.post("/signup", json!({"email": "ada.lovelace@example.com"}))
        .await
        .assert_status(202);
    let token = service.mailed_token("ada.lovelace@example.com").unwrap();
    let hashed = service.app.hasher.performed();
    for (weak, reason) in [
        ("fourteen chars", "too_short"),
        ("passwordpassword", "common"),
        ("password1234567890", "common"),
        ("qwertyuiopasdfg", "common"),
        ("1234567890qwerty", "common"),
        ("q1w2e3r4t5y6u7i8", "common"),
        ("auth.example.com", "contains_service_name"),
        ("ada.lovelace2026", "contains_email"),
        ("january1990january", "guessable"),
        ("administrator123", "common"),
        ("iloveyoujanuary1", "guessable"),
    ] {
        let body = json!({"token": token, "password": weak});
        let answer = ada.post("/signup/confirm", body).await;
        answer.assert_field(422, "weak_password", "password");
        let body = answer.json();
        assert_eq!(body["reason"], reason, "{weak}");
        assert_eq!(body["min_length"], 15, "{weak}");
    }
    assert_eq!(service.app.hasher.performed(), hashed);
    // The link still works.
    let good =
        json!({"token": token, "password": "\u{1f511}\u{1f40e}\u{1f50b}\u{1f4ce} four+ eleven"});
    ada.post("/signup/confirm", good).await.assert_status(201);
}

#[tokio::test]
async fn sign_up_without_mail_returns_501() {
    let service = TestService::new().await;
    let mut app = service.app.clone();
    app.sign_ups.mailer = signet::mail::Mailer::none();
    let router = signet::router::router(app);
    let request = axum::http::Request::post("/signup")
        .header("content-type", "application/json")
        .body(axum::body::Body::from("{\"email\":\"ada@example.com\"}"))
        .unwrap();
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.status(), 501);
}
