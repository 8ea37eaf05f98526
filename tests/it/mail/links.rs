//! Mailed links: single use without stored state, limits and purposes.

mod address;
mod code;
mod letters;
mod link;
mod linked;
mod pre_hijack;
mod reset;

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, Engine, PASSWORD, TestService,
    answer::Answer,
    both_engines,
    oauth_client::{CHALLENGE, VERIFIER, login_link_request},
};

const NEW: &str = "a brand new pass phrase";

/// The subject of the last mail to this email.
fn subject(service: &TestService, email: &str) -> String {
    let outbox = service.outbox.lock().unwrap();
    let mut to = outbox.iter().rev().filter(|it| it.to.as_str() == email);
    to.next().map(|it| it.subject.clone()).unwrap_or_default()
}

fn mails_to(service: &TestService, email: &str) -> usize {
    let outbox = service.outbox.lock().unwrap();
    outbox.iter().filter(|it| it.to.as_str() == email).count()
}

/// Requests a password reset and returns its token.
async fn forgot(service: &TestService, email: &str) -> Option<String> {
    let anon = service.anon();
    let asked = anon.post("/password/forgot", json!({"email": email}));
    asked.await.assert_status(202);
    service.mailed_token(email)
}

async fn reset(service: &TestService, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    service.anon().post("/password/reset", body).await
}

/// Requests an email change and returns the mailed token.
async fn request_email_change(
    client: &ApiClient<'_>,
    service: &TestService,
    email: &str,
) -> Option<String> {
    let asked = client.post("/email", json!({"email": email})).await;
    asked.assert_status(202);
    service.mailed_token(email)
}

async fn confirm_email(service: &TestService, token: &str) -> Answer {
    let body = json!({"token": token});
    service.anon().post("/email/confirm", body).await
}

/// Requests a login link and returns its token.
async fn login_link(service: &TestService, email: &str) -> Option<String> {
    let anon = service.anon();
    let asked = anon.post("/login/link", login_link_request(email)).await;
    asked.assert_status(202);
    service.mailed_token(email)
}

async fn log_in_by(service: &TestService, token: &str, verifier: &str) -> Answer {
    let body = json!({"token": token, "code_verifier": verifier});
    service.anon().post("/login/link/confirm", body).await
}

/// Every route that sends a mail without a session.
const ASKING: [&str; 3] = ["/password/forgot", "/login/link", "/signup"];

fn body_of(route: &str, email: &str) -> Value {
    match route {
        "/login/link" => login_link_request(email),
        _ => json!({"email": email}),
    }
}

#[rstest]
#[tokio::test]
async fn link_requests_give_one_response_for_any_email(
    #[values("/password/forgot", "/login/link", "/signup")] route: &str,
) {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;
    bob.set_active(false).await;
    let answers = async |email: &str| {
        let answer = service.anon().post(route, body_of(route, email)).await;
        let (status, headers, text) = answer.assert_status(202).comparable();
        // A challenge is sealed, and differs for every request. Its size does not.
        let challenge = match route {
            "/login/link" => answer.json()["challenge"].as_str().unwrap().to_owned(),
            _ => String::new(),
        };
        let text = text.replace(&challenge, "");
        (status, headers, text, challenge.len())
    };
    let known = answers("ada@example.com").await;
    assert_eq!(answers("ADA@EXAMPLE.COM").await, known);
    assert_eq!(answers("bob@example.com").await, known);
    assert_eq!(answers("nobody@example.com").await, known);
    // Every email gets a mail, and a disabled user gets the mail of an unknown email.
    assert_eq!(mails_to(&service, "nobody@example.com"), 1);
    if route != "/signup" {
        let of_bob = subject(&service, "bob@example.com");
        assert_eq!(of_bob, subject(&service, "nobody@example.com"));
        assert_eq!(service.mailed_token("bob@example.com"), None);
    }
}

#[tokio::test]
async fn mail_limit_of_a_mailbox_spans_spellings_and_routes() {
    let service =
        TestService::with("limits.mail_address = '4/1h'\nlimits.mail_pair = '100/1h'").await;
    service.signed_up("ada@example.com").await;
    service.outbox.lock().unwrap().clear();
    let spellings = ["ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com"];
    let routes = ASKING
        .into_iter()
        .cycle()
        .zip(spellings.into_iter().cycle());
    for (route, email) in routes.take(12) {
        let answer = service.anon().post(route, body_of(route, email)).await;
        answer.assert_status(202);
    }
    // The sign-up counts as one of four.
    assert_eq!(mails_to(&service, "ada@example.com"), 3);
    service.clock.advance(TimeDelta::hours(1));
    assert!(forgot(&service, "ada@example.com").await.is_some());
}

#[tokio::test]
async fn mail_limit_of_a_network_spans_routes() {
    let service = TestService::with("limits.mail_network = '6/1h'").await;
    let eve = service.anon().from("192.0.2.66");
    for (n, route) in ASKING.into_iter().cycle().take(6).enumerate() {
        let body = body_of(route, &format!("someone{n}@example.com"));
        eve.post(route, body).await.assert_status(202);
    }
    for route in ASKING {
        let refused = eve
            .post(route, body_of(route, "one-more@example.com"))
            .await;
        refused.assert_problem(429, "rate_limited");
    }
    assert_eq!(service.outbox.lock().unwrap().len(), 6);
    let ada = service.anon().from("192.0.2.1");
    let asked = ada.post("/signup", json!({"email": "ada@example.com"}));
    asked.await.assert_status(202);
}

/// Links of one kind have no effect at the routes of other kinds.
#[tokio::test]
async fn link_token_is_rejected_at_other_routes() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let of_login = login_link(&service, "ada@example.com").await.unwrap();
    let of_reset = forgot(&service, "ada@example.com").await.unwrap();
    let of_address = request_email_change(&ada, &service, "new@example.com")
        .await
        .unwrap();
    let anon = service.anon();
    let asked = anon.post("/signup", json!({"email": "eve@example.com"}));
    asked.await.assert_status(202);
    let of_sign_up = service.mailed_token("eve@example.com").unwrap();
    for token in [&of_login, &of_address, &of_sign_up] {
        reset(&service, token, NEW)
            .await
            .assert_problem(400, "invalid_link");
    }
    for token in [&of_login, &of_reset, &of_sign_up] {
        let answer = confirm_email(&service, token).await;
        answer.assert_problem(400, "invalid_link");
    }
    for token in [&of_reset, &of_address, &of_sign_up] {
        let answer = log_in_by(&service, token, VERIFIER).await;
        answer.assert_problem(400, "invalid_link");
    }
    service
        .anon()
        .log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
    // All links still work at their own routes.
    log_in_by(&service, &of_login, VERIFIER)
        .await
        .assert_status(200);
    reset(&service, &of_reset, NEW).await.assert_status(204);
}

/// Requests of link scanners and previews leave the link unused.
#[tokio::test]
async fn get_request_leaves_a_link_unused() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;
    let of_login = login_link(&service, "ada@example.com").await.unwrap();
    let of_address = request_email_change(&bob, &service, "new@example.com")
        .await
        .unwrap();
    let of_reset = forgot(&service, "ada@example.com").await.unwrap();
    let anon = service.anon();
    let asked = anon.post("/signup", json!({"email": "eve@example.com"}));
    asked.await.assert_status(202);
    let of_sign_up = service.mailed_token("eve@example.com").unwrap();
    let before = service.app.store.users(None, 10).await.unwrap();
    for (path, token) in [
        ("/login/link/confirm", &of_login),
        ("/email/confirm", &of_address),
        ("/password/reset", &of_reset),
        ("/signup/confirm", &of_sign_up),
    ] {
        for method in ["GET", "HEAD"] {
            for uri in [path.to_owned(), format!("{path}?token={token}")] {
                let looked = service.anon().send(method, &uri, &[], "").await;
                looked.assert_status(200);
                assert!(!looked.text().contains(token.as_str()));
            }
        }
    }
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), before);
    log_in_by(&service, &of_login, VERIFIER)
        .await
        .assert_status(200);
    reset(&service, &of_reset, NEW).await.assert_status(204);
    let body = json!({"token": of_sign_up, "password": PASSWORD});
    anon.post("/signup/confirm", body).await.assert_status(201);
    let ada = service.anon().log_in("ada@example.com", NEW).await;
    ada.assert_status(200);
    confirm_email(&service, &of_address)
        .await
        .assert_status(204);
}

#[rstest]
#[tokio::test]
async fn link_requests_without_a_mail_server_say_that_they_are_not_available(
    #[values("/password/forgot", "/login/link", "/signup")] route: &str,
) {
    let mut service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    service.disable_mail();
    for email in ["ada@example.com", "nobody@example.com"] {
        let answer = service.anon().post(route, body_of(route, email)).await;
        answer.assert_problem(501, "mail_not_configured");
        let title = answer.json()["title"].as_str().unwrap().to_owned();
        assert_eq!(title, "This service sends no emails.");
    }
}

#[tokio::test]
async fn email_change_without_a_mail_server_is_not_available() {
    let mut service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    service.disable_mail();
    let ada = service.anon().logged_in("ada@example.com").await;
    let body = json!({"email": "new@example.com"});
    let answer = ada.post("/email", body).await;
    answer.assert_problem(501, "mail_not_configured");
}

#[apply(both_engines)]
#[tokio::test]
async fn link_requests_write_nothing(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let before = service.app.store.users(None, 10).await.unwrap();
    forgot(&service, "ada@example.com").await.unwrap();
    login_link(&service, "ada@example.com").await.unwrap();
    request_email_change(&ada, &service, "new@example.com")
        .await
        .unwrap();
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), before);
}
