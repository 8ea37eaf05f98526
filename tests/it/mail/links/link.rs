//! Login by a mailed link.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    CHALLENGE, VERIFIER, confirm_email, forgot, log_in_by, login_link, login_link_request,
    request_email_change, reset,
};
use crate::support::{Engine, PASSWORD, TestService, both_engines};

#[apply(both_engines)]
#[tokio::test]
async fn login_link_works_in_the_requesting_client(engine: Engine) {
    let service = TestService::on(engine).await;
    let id = service.signed_up("ada@example.com").await.id();
    service.clock.advance(TimeDelta::hours(1));
    let token = login_link(&service, "ada@example.com").await.unwrap();
    let logged_in = log_in_by(&service, &token, VERIFIER).await;
    let mut ada = service.anon();
    ada.keep(logged_in.assert_status(200));
    assert_eq!(ada.id(), id);
    let claims = ada.claims();
    assert_eq!(claims["amr"], json!(["mail"]));
    assert_eq!(claims["auth_time"], claims["iat"]);
    ada.refreshed().await.assert_status(200);
    ada.get("/me").await.assert_status(200);
}

#[tokio::test]
async fn login_link_works_once_within_ten_minutes() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let late = login_link(&service, "ada@example.com").await.unwrap();
    service.clock.advance(TimeDelta::minutes(10));
    log_in_by(&service, &late, VERIFIER)
        .await
        .assert_problem(400, "invalid_link");
    let token = login_link(&service, "ada@example.com").await.unwrap();
    service.clock.advance(TimeDelta::seconds(599));
    log_in_by(&service, &token, VERIFIER)
        .await
        .assert_status(200);
    log_in_by(&service, &token, VERIFIER)
        .await
        .assert_problem(400, "invalid_link");
}

#[apply(both_engines)]
#[tokio::test]
async fn first_used_login_link_invalidates_the_others(engine: Engine) {
    let service = TestService::on(engine).await;
    service.signed_up("ada@example.com").await;
    let first = login_link(&service, "ada@example.com").await.unwrap();
    let second = login_link(&service, "ada@example.com").await.unwrap();
    log_in_by(&service, &first, VERIFIER)
        .await
        .assert_status(200);
    let dead = log_in_by(&service, &second, VERIFIER).await;
    dead.assert_problem(400, "invalid_link");
}

/// Two nodes with a shared database and shared keys.
#[apply(both_engines)]
#[tokio::test]
async fn one_of_ten_concurrent_uses_on_two_nodes_logs_in(engine: Engine) {
    let service = TestService::on(engine).await;
    let other = service.second_node("").await;
    service.signed_up("ada@example.com").await;
    let token = login_link(&service, "ada@example.com").await.unwrap();
    let nodes = [&service, &other].into_iter().cycle().take(10);
    let answers = join_all(nodes.map(|node| log_in_by(node, &token, VERIFIER))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    let refused = answers.iter().filter(|it| it.status != 200);
    for it in refused {
        it.assert_problem(400, "invalid_link");
    }
}

#[tokio::test]
async fn login_link_opened_in_another_browser_stays_unused() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let token = login_link(&service, "ada@example.com").await.unwrap();
    let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for verifier in [other, "", "short", CHALLENGE, &"x".repeat(4000)] {
        let answer = log_in_by(&service, &token, verifier).await;
        answer.assert_problem(400, "opened_elsewhere");
    }
    let anon = service.anon();
    let without = anon.post("/login/link/confirm", json!({"token": token}));
    without
        .await
        .assert_field(422, "missing_field", "code_verifier");
    log_in_by(&service, &token, VERIFIER)
        .await
        .assert_status(200);
}

#[rstest]
#[tokio::test]
async fn link_is_cancelled_with_the_sessions(
    #[values(
        "password",
        "reset",
        "address",
        "logout everywhere",
        "disabled",
        "deleted"
    )]
    end: &str,
) {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let token = login_link(&service, "ada@example.com").await.unwrap();
    match end {
        "password" => {
            let body = json!({"new_password": "another pass phrase"});
            ada.send_json("PUT", "/password", body)
                .await
                .assert_status(200);
        }
        "reset" => {
            let link = forgot(&service, "ada@example.com").await.unwrap();
            let done = reset(&service, &link, "another pass phrase").await;
            done.assert_status(204);
        }
        "address" => {
            let link = request_email_change(&ada, &service, "new@example.com")
                .await
                .unwrap();
            confirm_email(&service, &link).await.assert_status(204);
        }
        "logout everywhere" => {
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204);
        }
        "disabled" => ada.set_active(false).await,
        _ => {
            ada.send_json("DELETE", "/me", json!({}))
                .await
                .assert_status(204);
        }
    }
    log_in_by(&service, &token, VERIFIER)
        .await
        .assert_problem(400, "invalid_link");
}

/// Other sessions of the user continue: a login changes nothing.
#[tokio::test]
async fn login_by_link_keeps_other_sessions() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let token = login_link(&service, "ada@example.com").await.unwrap();
    log_in_by(&service, &token, VERIFIER)
        .await
        .assert_status(200);
    ada.refresh().await.assert_status(200);
    ada.get("/me").await.assert_status(200);
    service
        .anon()
        .log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn login_link_keeps_the_requested_client_and_scope() {
    let service = TestService::with(
        "[[clients]]\nclient_id = 'web'\nscopes = ['read', 'write']\n\
         [[clients]]\nclient_id = 'phone'\napp_url = 'https://phone.example.com'",
    )
    .await;
    let body = json!({"email": "ada@example.com", "client_id": "web"});
    service
        .anon()
        .post("/signup", body)
        .await
        .assert_status(202);
    let token = service.mailed_token("ada@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    service
        .anon()
        .post("/signup/confirm", body)
        .await
        .assert_status(201);
    let mut asked = login_link_request("ada@example.com");
    asked["client_id"] = json!("web");
    asked["scope"] = json!("read");
    service
        .anon()
        .post("/login/link", asked.clone())
        .await
        .assert_status(202);
    let token = service.mailed_token("ada@example.com").unwrap();
    let mut ada = service.anon();
    ada.keep(
        log_in_by(&service, &token, VERIFIER)
            .await
            .assert_status(200),
    );
    assert_eq!(ada.claims()["client_id"], "web");
    assert_eq!(ada.claims()["scope"], "read");

    asked["scope"] = json!("everything");
    let wide = service.anon().post("/login/link", asked.clone()).await;
    wide.assert_field(400, "invalid_scope", "scope");
    asked["scope"] = json!(null);
    asked["client_id"] = json!("nobody");
    let unknown = service.anon().post("/login/link", asked.clone()).await;
    unknown.assert_field(400, "unknown_client", "client_id");
    asked["client_id"] = json!("phone");
    service
        .anon()
        .post("/login/link", asked.clone())
        .await
        .assert_status(202);
    let mail = service.outbox.lock().unwrap().last().unwrap().text.clone();
    assert!(mail.contains("https://phone.example.com/login/link/confirm#token="));
    asked["code_challenge"] = json!("too short");
    let bad = service.anon().post("/login/link", asked).await;
    bad.assert_field(422, "invalid_field", "code_challenge");
}

/// A user created by an operator has an unverified email, which must not log anybody in.
#[tokio::test]
async fn unverified_email_gets_no_login_link() {
    let service = TestService::new().await;
    service.unverified_user("ada@example.com").await;
    assert_eq!(login_link(&service, "ada@example.com").await, None);
}
