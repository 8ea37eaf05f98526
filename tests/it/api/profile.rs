//! The person's own record: changed, deleted.

mod accounts;
mod password;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde_json::{Value, json};
use signet::token::Access;

use crate::support::{Actor, Browser, Engine, House, PASSWORD, WEB, answer::Answer};

const NEW: &str = "a brand new pass phrase";
const INSUFFICIENT: &str =
    "Bearer realm=\"signet\", error=\"insufficient_user_authentication\", max_age=\"600\"";

/// A token of ours can state any `auth_time`, were the key stolen. One that is yet to come is refused, and
/// none is an internal error.
#[rstest]
#[case(DateTime::<Utc>::MAX_UTC.timestamp())]
#[case(253_402_300_799)]
#[case(1_800_000_000)]
#[tokio::test]
async fn a_login_that_is_yet_to_come_is_no_recent_one(#[case] auth_time: i64) {
    let house = House::new().await;
    let mut ada = house.signed_up("ada@example.com").await;
    let claims = ada.claims();
    let mut session: Access = serde_json::from_value(claims).unwrap();
    session.auth_time = DateTime::from_timestamp(auth_time, 0).unwrap();
    let forged = house.app.tokens.mint(&session, house.clock.now());
    ada.access = Some(forged.unwrap());
    for (method, path, body) in [
        ("PUT", "/password", json!({"new_password": NEW})),
        ("POST", "/email", json!({"email": "new@example.com"})),
        ("DELETE", "/me", json!({})),
        ("GET", "/session", json!({})),
    ] {
        let refused = ada.ask(method, path, body).await;
        refused.assert_problem(401, "invalid_token");
    }
}

async fn change(actor: &Actor<'_>, current: Option<&str>, new: &str) -> Answer {
    let mut body = json!({"new_password": new});
    if let Some(current) = current {
        body["current_password"] = json!(current);
    }
    actor.ask("PUT", "/password", body).await
}

#[rstest]
#[tokio::test]
async fn a_person_changes_name_and_image(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;
    house.clock.advance(TimeDelta::minutes(1));
    let edit = async |body: Value| {
        let answer = ada.ask("PATCH", "/me", body).await;
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
    // The session goes on: nothing of it has changed.
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn what_a_record_cannot_hold_is_refused_by_field() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
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
        let answer = ada.ask("PATCH", "/me", body).await;
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
            .ask("PATCH", "/me", json!({"name": "Eve", name: "admin"}))
            .await;
        answer.assert_field(422, "unknown_field", name);
    }
    assert_eq!(ada.get("/me").await.json(), before);
}

#[tokio::test]
async fn accounts_say_by_what_one_comes_in() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let accounts = ada.get("/me/accounts").await.json();
    let first = &accounts["accounts"][0];
    assert_eq!(first["type"], "credentials");
    assert_eq!(first["provider"], "credentials");
    assert_eq!(first["provider_account_id"], ada.claims()["sub"]);
    assert_eq!(first["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(first.as_object().unwrap().len(), 5);
    house
        .anon()
        .get("/me/accounts")
        .await
        .assert_problem(401, "missing_token");
}

#[rstest]
#[tokio::test]
async fn who_is_deleted_is_gone_with_everything(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;
    house.clock.advance(TimeDelta::minutes(4));
    let phone = house.anon().logged_in("ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(7));
    let mut ada = ada;
    ada.refreshed().await;
    let body = json!({"password": PASSWORD});
    ada.ask("DELETE", "/me", body).await.assert_status(204);

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
        let answer = ada.ask(method, path, body).await;
        answer.assert_problem(401, "invalid_token");
    }
    let answer = change(&ada, None, NEW).await;
    answer.assert_problem(401, "invalid_token");
    let answer = house.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
    bob.refresh().await.assert_status(200);
    // Rows of every table have gone along: her address is free for somebody else.
    let again = house.signed_up("ada@example.com").await;
    assert_ne!(again.claims()["sub"], ada.claims()["sub"]);
}

#[tokio::test]
async fn a_browser_gets_and_loses_its_cookies_by_these_routes_too() {
    let house = House::with(WEB).await;
    let browser = Browser::signed_up(&house, "ada@example.com").await;
    let other = Browser::logged_in(&house, "ada@example.com").await;

    house.clock.advance(TimeDelta::minutes(6));
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
