//! Password changes.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::json;

use super::{INSUFFICIENT, NEW, change};
use crate::support::{
    ApiClient, Browser, Engine, PASSWORD, TestService, WEB, both_engines, token::claims,
};

#[apply(both_engines)]
#[tokio::test]
async fn password_change_ends_every_other_session(engine: Engine) {
    let service = TestService::on(engine).await;
    let mut laptop = service.signed_up("ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(30));
    laptop.refreshed().await;
    let phone = service.anon().logged_in("ada@example.com").await;
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

    let old = service.anon().log_in("ada@example.com", PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let new = service.anon().log_in("ada@example.com", NEW).await;
    new.assert_status(200);
}

#[tokio::test]
async fn sensitive_changes_need_a_recent_login_or_the_password() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    let erase = async |client: &ApiClient<'_>, body| client.send_json("DELETE", "/me", body).await;
    service
        .clock
        .advance(TimeDelta::minutes(10) + TimeDelta::seconds(1));
    // A refresh does not count as a login.
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
    // A wrong password is rejected even after a recent login, and does not end the session.
    let fresh = service.anon().logged_in("ada@example.com").await;
    for client in [&ada, &fresh] {
        let answer = change(client, Some("not the password at all"), NEW).await;
        answer.assert_field(403, "wrong_password", "current_password");
        let body = json!({"password": "not the password at all"});
        let answer = erase(client, body).await;
        answer.assert_field(403, "wrong_password", "password");
    }
    let answer = change(&fresh, None, NEW).await;
    answer.assert_status(200);
}

/// Because of the leeway, an access token can outlive its login for a moment.
#[tokio::test]
async fn password_change_at_the_end_of_the_login_ends_the_session() {
    let settings = "tokens.refresh_idle = '1h'\ntokens.refresh_absolute = '1h'";
    let service = TestService::with(settings).await;
    let mut ada = service.signed_up("ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(59));
    ada.refreshed().await;
    service.clock.advance(TimeDelta::seconds(60 + 29));
    let answer = change(&ada, Some(PASSWORD), NEW).await;
    let body = answer.assert_status(200).json();
    assert_eq!(body["expires_in"], 0);
    assert_eq!(body["refresh_expires_in"], 0);
    ada.keep(&answer);
    ada.refresh().await.assert_problem(401, "invalid_grant");

    let service = TestService::with(&format!("{settings}\n{WEB}")).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(59));
    browser.keep(&browser.get("/me").await);
    service.clock.advance(TimeDelta::seconds(60 + 29));
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let answer = browser.send("PUT", "/password", Some(body)).await;
    browser.keep(answer.assert_status(200));
    assert_eq!(browser.cookies(), "");
}

#[tokio::test]
async fn password_guesses_share_the_rate_limit_of_login() {
    let service = TestService::with("limits.login_pair = '5/15m'").await;
    let ada = service.signed_up("ada@example.com").await;
    let wrong = "not the password at all";
    for _ in 0..3 {
        let answer = change(&ada, Some(wrong), NEW).await;
        answer.assert_problem(403, "wrong_password");
    }
    for _ in 0..2 {
        let answer = service.anon().log_in("ada@example.com", wrong).await;
        answer.assert_problem(401, "invalid_credentials");
    }
    let performed = service.app.hasher.performed();
    let answer = change(&ada, Some(PASSWORD), NEW).await;
    answer.assert_problem(429, "rate_limited");
    let body = json!({"password": PASSWORD});
    let answer = ada.send_json("DELETE", "/me", body).await;
    answer.assert_problem(429, "rate_limited");
    assert_eq!(service.app.hasher.performed(), performed);
    // Guesses from another network do not affect the user.
    let elsewhere = ada.clone().from("198.51.100.7");
    let answer = change(&elsewhere, Some(PASSWORD), NEW).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn weak_password_is_rejected() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let performed = service.app.hasher.performed();
    for weak in ["short", "passwordpassword", "ada@example.com"] {
        let answer = change(&ada, None, weak).await;
        answer.assert_field(422, "weak_password", "new_password");
    }
    for wrong in [json!(null), json!(7), json!([])] {
        let body = json!({"new_password": wrong});
        let answer = ada.send_json("PUT", "/password", body).await;
        answer.assert_field(422, "invalid_field", "new_password");
    }
    let answer = change(&ada, Some(&"x".repeat(1025)), NEW).await;
    answer.assert_field(422, "invalid_field", "current_password");
    assert_eq!(service.app.hasher.performed(), performed);
    ada.refresh().await.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_ten_concurrent_password_changes_succeeds(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
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
    let answer = service.anon().log_in("ada@example.com", made).await;
    answer.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn epoch_and_password_change_atomically(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    service
        .database
        .execute("ALTER TABLE accounts RENAME TO gone")
        .await;
    let answer = change(&ada, None, NEW).await;
    answer.assert_problem(503, "unavailable");
    service
        .database
        .execute("ALTER TABLE gone RENAME TO accounts")
        .await;
    ada.refresh().await.assert_status(200);
    let answer = service.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn user_without_password_sets_one_after_a_recent_login(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let providers = async |client: &ApiClient<'_>| {
        let accounts = client.get("/me/accounts").await.json()["accounts"].clone();
        let accounts = accounts.as_array().unwrap().clone();
        let names = accounts.iter().map(|it| it["provider"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(providers(&ada).await, ["credentials", "email"]);
    service.database.execute("DELETE FROM credentials").await;
    service
        .database
        .execute("DELETE FROM accounts WHERE type = 'credentials'")
        .await;
    assert_eq!(providers(&ada).await, ["email"]);

    let answer = change(&ada, Some(PASSWORD), NEW).await;
    answer.assert_field(403, "wrong_password", "current_password");
    let answer = change(&ada, None, NEW).await;
    answer.assert_status(200);
    let ada = service.anon().log_in("ada@example.com", NEW).await;
    ada.assert_status(200);
    let mut client = service.anon();
    client.keep(&ada);
    assert_eq!(providers(&client).await, ["credentials", "email"]);
}
