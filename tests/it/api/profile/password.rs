//! Another password.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use super::{INSUFFICIENT, NEW, change};
use crate::support::{Actor, Browser, Engine, House, PASSWORD, WEB, token::claims};

#[rstest]
#[tokio::test]
async fn a_new_password_ends_every_session_but_the_one_that_asks(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let mut laptop = house.signed_up("ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(30));
    laptop.refreshed().await;
    let phone = house.anon().logged_in("ada@example.com").await;
    let before = (laptop.claims(), claims(laptop.refresh.as_deref().unwrap()));
    let stale = laptop.clone();

    let answer = change(&laptop, Some(PASSWORD), NEW).await;
    answer.assert_status(200);
    laptop.keep(&answer);

    for ended in [&stale, &phone] {
        ended.refresh().await.assert_problem(401, "invalid_grant");
        ended.get("/me").await.assert_problem(401, "invalid_token");
        let answer = change(ended, Some(NEW), PASSWORD).await;
        answer.assert_problem(401, "invalid_token");
    }
    laptop.get("/me").await.assert_status(200);
    laptop.refreshed().await;
    let after = (laptop.claims(), claims(laptop.refresh.as_deref().unwrap()));
    for claim in ["sid", "auth_time", "amr"] {
        assert_eq!(after.0[claim], before.0[claim], "{claim}");
    }
    assert_eq!(after.1["abs_exp"], before.1["abs_exp"]);
    assert_ne!(after.0["epoch"], before.0["epoch"]);

    let old = house.anon().log_in("ada@example.com", PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let new = house.anon().log_in("ada@example.com", NEW).await;
    new.assert_status(200);
}

#[tokio::test]
async fn what_is_sensitive_needs_a_recent_login_or_the_password() {
    let house = House::new().await;
    let mut ada = house.signed_up("ada@example.com").await;
    let erase = async |actor: &Actor<'_>, body| actor.ask("DELETE", "/me", body).await;
    house
        .clock
        .advance(TimeDelta::minutes(10) + TimeDelta::seconds(1));
    // A refresh is no login.
    ada.refreshed().await;
    for answer in [
        change(&ada, None, NEW).await,
        erase(&ada, json!({})).await,
        ada.send(
            "DELETE",
            "/me",
            &[(
                "authorization",
                &format!("Bearer {}", ada.access.as_ref().unwrap()),
            )],
            "",
        )
        .await,
    ] {
        answer.assert_problem(401, "insufficient_user_authentication");
        assert_eq!(answer.header("www-authenticate"), INSUFFICIENT);
    }
    // A wrong password is wrong, however recent the login; and no reason to log out.
    let fresh = house.anon().logged_in("ada@example.com").await;
    for actor in [&ada, &fresh] {
        let answer = change(actor, Some("not the password at all"), NEW).await;
        answer.assert_field(403, "wrong_password", "current_password");
        let body = json!({"password": "not the password at all"});
        let answer = erase(actor, body).await;
        answer.assert_field(403, "wrong_password", "password");
    }
    let answer = change(&fresh, None, NEW).await;
    answer.assert_status(200);
}

/// An access token has its leeway, and so can outlive its login for a moment.
#[tokio::test]
async fn a_password_changed_as_the_login_ends_leaves_nothing_of_it() {
    let settings = "tokens.refresh_idle = '1h'\ntokens.refresh_absolute = '1h'";
    let house = House::with(settings).await;
    let mut ada = house.signed_up("ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(59));
    ada.refreshed().await;
    house.clock.advance(TimeDelta::seconds(60 + 29));
    let answer = change(&ada, Some(PASSWORD), NEW).await;
    let body = answer.assert_status(200).json();
    assert_eq!(body["expires_in"], 0);
    assert_eq!(body["refresh_expires_in"], 0);
    ada.keep(&answer);
    ada.refresh().await.assert_problem(401, "invalid_grant");

    let house = House::with(&format!("{settings}\n{WEB}")).await;
    let browser = Browser::signed_up(&house, "ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(59));
    browser.keep(&browser.get("/me").await);
    house.clock.advance(TimeDelta::seconds(60 + 29));
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let answer = browser.send("PUT", "/password", Some(body)).await;
    browser.keep(answer.assert_status(200));
    assert_eq!(browser.cookies(), "");
}

#[tokio::test]
async fn guesses_at_a_password_are_counted_with_those_at_the_login() {
    let house = House::with("limits.login_pair = '5/15m'").await;
    let ada = house.signed_up("ada@example.com").await;
    let wrong = "not the password at all";
    for _ in 0..3 {
        let answer = change(&ada, Some(wrong), NEW).await;
        answer.assert_problem(403, "wrong_password");
    }
    for _ in 0..2 {
        let answer = house.anon().log_in("ada@example.com", wrong).await;
        answer.assert_problem(401, "invalid_credentials");
    }
    let performed = house.app.hasher.performed();
    let answer = change(&ada, Some(PASSWORD), NEW).await;
    answer.assert_problem(429, "rate_limited");
    let body = json!({"password": PASSWORD});
    let answer = ada.ask("DELETE", "/me", body).await;
    answer.assert_problem(429, "rate_limited");
    assert_eq!(house.app.hasher.performed(), performed);
    // Somebody else's guesses, from elsewhere, are nothing to her.
    let elsewhere = ada.clone().from("198.51.100.7");
    let answer = change(&elsewhere, Some(PASSWORD), NEW).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn a_weak_password_changes_nothing() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let performed = house.app.hasher.performed();
    for weak in ["short", "passwordpassword", "ada@example.com"] {
        let answer = change(&ada, None, weak).await;
        answer.assert_field(422, "weak_password", "new_password");
    }
    for wrong in [json!(null), json!(7), json!([])] {
        let body = json!({"new_password": wrong});
        let answer = ada.ask("PUT", "/password", body).await;
        answer.assert_field(422, "invalid_field", "new_password");
    }
    let answer = change(&ada, Some(&"x".repeat(1025)), NEW).await;
    answer.assert_field(422, "invalid_field", "current_password");
    assert_eq!(house.app.hasher.performed(), performed);
    ada.refresh().await.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn of_ten_changes_at_once_one_is_made(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let passwords: Vec<_> = (0..10).map(|n| format!("pass phrase number {n}")).collect();
    let answers = join_all(passwords.iter().map(|new| change(&ada, None, new))).await;
    let mut made = Vec::new();
    for (answer, password) in answers.iter().zip(&passwords) {
        if answer.status == 200 {
            made.push(password);
        } else {
            answer.assert_problem(401, "invalid_token");
        }
    }
    let [made] = made[..] else {
        panic!("{made:?}");
    };
    let answer = house.anon().log_in("ada@example.com", made).await;
    answer.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn epoch_and_password_change_together_or_not_at_all(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    house
        .database
        .execute("ALTER TABLE accounts RENAME TO gone")
        .await;
    let answer = change(&ada, None, NEW).await;
    answer.assert_problem(503, "unavailable");
    house
        .database
        .execute("ALTER TABLE gone RENAME TO accounts")
        .await;
    ada.refresh().await.assert_status(200);
    let answer = house.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn who_has_no_password_sets_one_after_a_recent_login(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let providers = async |actor: &Actor<'_>| {
        let accounts = actor.get("/me/accounts").await.json()["accounts"].clone();
        let accounts = accounts.as_array().unwrap().clone();
        let names = accounts.iter().map(|it| it["provider"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(providers(&ada).await, ["credentials", "email"]);
    house.database.execute("DELETE FROM credentials").await;
    house
        .database
        .execute("DELETE FROM accounts WHERE type = 'credentials'")
        .await;
    assert_eq!(providers(&ada).await, ["email"]);

    let answer = change(&ada, Some(PASSWORD), NEW).await;
    answer.assert_field(403, "wrong_password", "current_password");
    let answer = change(&ada, None, NEW).await;
    answer.assert_status(200);
    let ada = house.anon().log_in("ada@example.com", NEW).await;
    ada.assert_status(200);
    let mut actor = house.anon();
    actor.keep(&ada);
    assert_eq!(providers(&actor).await, ["credentials", "email"]);
}
