//! The profile of the user: changes and deletion.

mod accounts;
mod password;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::token::Access;

use crate::support::{
    ApiClient, Browser, Engine, PASSWORD, TestService, WEB, answer::Answer, both_engines,
};

const NEW: &str = "a brand new pass phrase";
const INSUFFICIENT: &str = "Bearer realm=\"signet\", error=\"insufficient_user_authentication\", acr_values=\"1fa\", max_age=\"600\"";

/// With a stolen key, a token can contain any `auth_time`. A future one is rejected, and none
/// causes an internal error.
#[rstest]
#[case(DateTime::<Utc>::MAX_UTC.timestamp())]
#[case(253_402_300_799)]
#[case(1_800_000_000)]
#[tokio::test]
async fn future_auth_time_is_not_a_recent_login(#[case] auth_time: i64) {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    let claims = ada.claims();
    let mut session: Access = serde_json::from_value(claims).unwrap();
    session.auth_time = DateTime::from_timestamp(auth_time, 0).unwrap();
    let forged = service.app.tokens.mint(&session, service.clock.now());
    ada.access = Some(forged.unwrap());
    for (method, path, body) in [
        ("PUT", "/password", json!({"new_password": NEW})),
        ("POST", "/email", json!({"email": "new@example.com"})),
        ("DELETE", "/me", json!({})),
        ("GET", "/session", json!({})),
    ] {
        let refused = ada.send_json(method, path, body).await;
        refused.assert_problem(401, "invalid_token");
    }
}

async fn change(client: &ApiClient<'_>, current: Option<&str>, new: &str) -> Answer {
    let mut body = json!({"new_password": new});
    if let Some(current) = current {
        body["current_password"] = json!(current);
    }
    client.send_json("PUT", "/password", body).await
}

#[apply(both_engines)]
#[tokio::test]
async fn user_changes_name_and_image(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;
    service.clock.advance(TimeDelta::minutes(1));
    let edit = async |body: Value| {
        let answer = ada.send_json("PATCH", "/me", body).await;
        answer.assert_status(200);
        assert_eq!(ada.get("/me").await.json(), answer.json());
        (
            answer.json()["name"].clone(),
            answer.json()["image"].clone(),
        )
    };
    let image = "https://example.com/ada.png";
    assert_eq!(edit(json!({})).await, (json!(null), json!(null)));
    assert_eq!(
        edit(json!({"name": " Ada "})).await,
        (json!("Ada"), json!(null))
    );
    assert_eq!(
        edit(json!({"image": image})).await,
        (json!("Ada"), json!(image))
    );
    assert_eq!(
        edit(json!({"name": null})).await,
        (json!(null), json!(image))
    );
    assert_eq!(
        edit(json!({"image": null})).await,
        (json!(null), json!(null))
    );
    assert_eq!(
        ada.get("/me").await.json()["updated_at"],
        "2026-01-01T00:01:00Z"
    );
    let untouched = bob.get("/me").await.json();
    assert_eq!(untouched["updated_at"], "2026-01-01T00:00:00Z");
    // The session continues unchanged.
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn invalid_profile_values_are_rejected_by_field() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let before = ada.get("/me").await.json();
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
        (json!({"name": "Ada\r\nBcc: eve@example.com"}), "name"),
        (json!({"name": 7}), "name"),
        (json!({"image": "http://example.com/a.png"}), "image"),
        (json!({"image": "javascript:alert(1)"}), "image"),
        (json!({"name": "Ada", "image": ""}), "image"),
    ] {
        let answer = ada.send_json("PATCH", "/me", body).await;
        answer.assert_field(422, "invalid_field", field);
    }
    for name in [
        "role",
        "is_active",
        "email",
        "email_verified",
        "sub",
        "id",
        "epoch",
        "session_epoch",
        "aud",
        "created_at",
    ] {
        let answer = ada
            .send_json("PATCH", "/me", json!({"name": "Eve", name: "admin"}))
            .await;
        answer.assert_field(422, "unknown_field", name);
    }
    assert_eq!(ada.get("/me").await.json(), before);
}

#[tokio::test]
async fn accounts_list_the_login_methods() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let accounts = ada.get("/me/accounts").await.json();
    let first = &accounts["accounts"][0];
    assert_eq!(first["type"], "credentials");
    assert_eq!(first["provider"], "credentials");
    assert_eq!(first["provider_account_id"], ada.claims()["sub"]);
    assert_eq!(first["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(first.as_object().unwrap().len(), 5);
    service
        .anon()
        .get("/me/accounts")
        .await
        .assert_problem(401, "missing_token");
}

#[apply(both_engines)]
#[tokio::test]
async fn deleted_user_is_removed_with_all_accounts(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let bob = service.signed_up("bob@example.com").await;
    service.clock.advance(TimeDelta::minutes(4));
    let phone = service.anon().logged_in("ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(7));
    let mut ada = ada;
    ada.refreshed().await;
    let body = json!({"password": PASSWORD});
    ada.send_json("DELETE", "/me", body)
        .await
        .assert_status(204);

    for gone in [&ada, &phone] {
        gone.refresh().await.assert_problem(401, "invalid_grant");
    }
    for (method, path) in [
        ("GET", "/me"),
        ("PATCH", "/me"),
        ("DELETE", "/me"),
        ("GET", "/me/accounts"),
    ] {
        let body = if method == "PATCH" {
            json!({"name": "Ada"})
        } else {
            json!({})
        };
        let answer = ada.send_json(method, path, body).await;
        answer.assert_problem(401, "invalid_token");
    }
    let answer = change(&ada, None, NEW).await;
    answer.assert_problem(401, "invalid_token");
    let answer = service.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
    bob.refresh().await.assert_status(200);
    // The rows of every table are deleted, so the email is free.
    let again = service.signed_up("ada@example.com").await;
    assert_ne!(again.claims()["sub"], ada.claims()["sub"]);
}

#[tokio::test]
async fn profile_routes_set_and_clear_cookies() {
    let service = TestService::with(WEB).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    let other = Browser::logged_in(&service, "ada@example.com").await;

    service.clock.advance(TimeDelta::minutes(6));
    let answer = browser
        .send("PUT", "/password", Some(json!({"new_password": NEW})))
        .await;
    answer.assert_status(200);
    assert!(answer.json().get("access_token").is_none());
    browser.keep(&answer);
    other.get("/me").await.assert_problem(401, "invalid_grant");
    browser
        .send("PATCH", "/me", Some(json!({"name": "Ada"})))
        .await
        .assert_status(200);
    let answer = browser.send("DELETE", "/me", None).await;
    answer.assert_status(204);
    browser.keep(&answer);
    assert!(!browser.cookies().contains("-access") && !browser.cookies().contains("-refresh"));
}
