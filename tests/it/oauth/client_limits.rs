//! The limits of failed client authentication.

use chrono::TimeDelta;
use serde_json::json;

use super::flow::{
    SECRET, basic, confidential, naming, public_session, refresh, service_with, text, token_from,
    unauthenticated,
};
use crate::support::{ApiClient, PASSWORD, TestService, answer::Answer};

/// A service with limits and two clients that may obtain tokens for themselves.
async fn limited() -> TestService {
    let own = "grants = ['client_credentials']";
    let clients = confidential("app", own) + &confidential("other", own);
    service_with(&format!("limits.enabled = true\n{clients}")).await
}

/// A request of a client for its own token.
async fn present(caller: &ApiClient<'_>, client_id: &str, secret: &str) -> Answer {
    let form = [("grant_type", "client_credentials")];
    token_from(caller, &basic(client_id, secret), &form).await
}

/// Presents as many wrong secrets as the limit allows.
async fn exhaust(caller: &ApiClient<'_>, client_id: &str) {
    for _ in 0..60 {
        present(caller, client_id, "wrong")
            .await
            .assert_oauth_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn wrong_secrets_are_limited_by_network_and_client() {
    let service = limited().await;
    let anon = service.anon();
    exhaust(&anon, "app").await;
    let refused = present(&anon, "app", "wrong").await;
    refused.assert_status(429);
    assert_eq!(refused.header("retry-after"), "10");
    present(&anon, "other", "wrong")
        .await
        .assert_oauth_error(401, "invalid_client");
    service.clock.advance(TimeDelta::seconds(10));
    present(&anon, "app", "wrong")
        .await
        .assert_oauth_error(401, "invalid_client");
}

/// An attacker behind the same address cannot keep a client from using its own secret.
#[tokio::test]
async fn wrong_secrets_lock_out_no_client() {
    let service = limited().await;
    let anon = service.anon();
    for network in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        let attacker = service.anon().from(network);
        exhaust(&attacker, "app").await;
        present(&attacker, "app", "wrong").await.assert_status(429);
        present(&attacker, "app", SECRET).await.assert_status(200);
        present(&attacker, "other", SECRET).await.assert_status(200);
        present(&anon, "app", SECRET).await.assert_status(200);
    }
}

#[tokio::test]
async fn right_secrets_are_not_charged() {
    let service = limited().await;
    let anon = service.anon();
    for _ in 0..70 {
        present(&anon, "app", SECRET).await.assert_status(200);
    }
}

#[tokio::test]
async fn limited_network_may_still_confirm_links_and_refresh_public_clients() {
    let service = limited().await;
    let public = public_session(&service, &[]).await;
    let anon = service.anon();
    exhaust(&anon, "app").await;
    let guess = json!({"token": "s1.x", "password": PASSWORD});
    anon.post("/signup/confirm", guess)
        .await
        .assert_problem(400, "invalid_link");
    let form = refresh(text(&public, "refresh_token"));
    unauthenticated(&service, &naming(&form, "spa"))
        .await
        .assert_status(200);
}

/// Unknown clients share one budget, so requests with invented names do not fill the table.
#[tokio::test]
async fn unknown_clients_of_a_network_are_limited_together() {
    let service = limited().await;
    let anon = service.anon();
    for n in 0..60 {
        let client_id = format!("unknown{n}");
        present(&anon, &client_id, "wrong")
            .await
            .assert_oauth_error(401, "invalid_client");
    }
    present(&anon, "another", "wrong").await.assert_status(429);
    present(&anon, "app", SECRET).await.assert_status(200);
}
