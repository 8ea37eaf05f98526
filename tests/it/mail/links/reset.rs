//! A forgotten password.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use super::{NEW, VERIFIER, forgot, log_in_by, login_link, mails_to, move_to, reset, subject};
use crate::support::{
    Engine, House, PASSWORD,
    oauth_client::OAUTH_CLIENT,
    openid::{OpenIdStub, Person},
    upstream::Beside,
};

#[rstest]
#[tokio::test]
async fn who_forgets_the_password_chooses_another_and_logs_in_with_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let token = forgot(&house, "ada@example.com").await.unwrap();
    let done = reset(&house, &token, NEW).await;
    done.assert_status(204);
    // Nobody is logged in by it, and nobody is any more.
    assert_eq!(done.body, b"");
    assert_eq!(done.set_cookies(), [] as [&str; 0]);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    ada.get("/me").await.assert_problem(401, "invalid_token");
    let old = house.anon().log_in("ada@example.com", PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    house
        .anon()
        .log_in("ada@example.com", NEW)
        .await
        .assert_status(200);
    assert_eq!(
        subject(&house, "ada@example.com"),
        "A new password was set for auth.example.com"
    );
}

#[tokio::test]
async fn a_link_is_good_for_half_an_hour_and_once() {
    let house = House::new().await;
    house.signed_up("ada@example.com").await;
    let late = forgot(&house, "ada@example.com").await.unwrap();
    house.clock.advance(TimeDelta::minutes(30));
    reset(&house, &late, NEW)
        .await
        .assert_problem(400, "invalid_link");

    let token = forgot(&house, "ada@example.com").await.unwrap();
    house
        .clock
        .advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    reset(&house, &token, NEW).await.assert_status(204);
    let again = reset(&house, &token, "yet another pass phrase").await;
    again.assert_problem(400, "invalid_link");
    house
        .anon()
        .log_in("ada@example.com", NEW)
        .await
        .assert_status(200);
}

#[rstest]
#[tokio::test]
async fn of_ten_uses_of_one_link_at_once_one_sets_the_password(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    house.signed_up("ada@example.com").await;
    let token = forgot(&house, "ada@example.com").await.unwrap();
    let phrases: Vec<_> = (0..10).map(|n| format!("pass phrase number {n}")).collect();
    let resets = phrases.iter().map(|phrase| reset(&house, &token, phrase));
    let answers = join_all(resets).await;
    let done = phrases
        .iter()
        .zip(&answers)
        .filter(|(_, it)| it.status == 204);
    let done: Vec<_> = done.map(|(phrase, _)| phrase).collect();
    assert_eq!(done.len(), 1);
    let refused = answers.iter().filter(|answer| answer.status != 204);
    for answer in refused {
        answer.assert_problem(400, "invalid_link");
    }
    house
        .anon()
        .log_in("ada@example.com", done[0])
        .await
        .assert_status(200);
}

/// Each of these ends every open link.
#[rstest]
#[tokio::test]
async fn a_link_dies_with_whatever_ends_the_sessions(
    #[values(
        "another link",
        "password",
        "logout everywhere",
        "address",
        "disabled",
        "deleted"
    )]
    end: &str,
) {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let token = forgot(&house, "ada@example.com").await.unwrap();
    let address = "ada@example.com";
    let current = match end {
        "another link" => {
            let other = forgot(&house, address).await.unwrap();
            reset(&house, &other, "another pass phrase")
                .await
                .assert_status(204);
            "another pass phrase"
        }
        "password" => {
            let body = json!({"new_password": "another pass phrase"});
            ada.ask("PUT", "/password", body).await.assert_status(200);
            "another pass phrase"
        }
        "logout everywhere" => {
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204);
            PASSWORD
        }
        "address" => {
            let other = move_to(&ada, &house, "new@example.com").await.unwrap();
            super::confirm_address(&house, &other)
                .await
                .assert_status(204);
            PASSWORD
        }
        "disabled" => {
            ada.set_active(false).await;
            reset(&house, &token, NEW)
                .await
                .assert_problem(400, "invalid_link");
            ada.set_active(true).await;
            PASSWORD
        }
        _ => {
            ada.ask("DELETE", "/me", json!({})).await.assert_status(204);
            PASSWORD
        }
    };
    reset(&house, &token, NEW)
        .await
        .assert_problem(400, "invalid_link");
    let address = if end == "address" {
        "new@example.com"
    } else {
        address
    };
    let logged_in = house.anon().log_in(address, current).await;
    logged_in.assert_status(if end == "deleted" { 401 } else { 200 });
}

#[tokio::test]
async fn a_weak_password_spends_no_link() {
    let house = House::new().await;
    house.signed_up("ada@example.com").await;
    let token = forgot(&house, "ada@example.com").await.unwrap();
    for weak in ["short", "ada@example.com", "passwordpassword"] {
        let refused = reset(&house, &token, weak).await;
        refused.assert_field(422, "weak_password", "password");
    }
    reset(&house, &token, NEW).await.assert_status(204);
}

#[tokio::test]
async fn a_reset_ends_open_login_links_and_a_login_link_no_reset() {
    let house = House::new().await;
    house.signed_up("ada@example.com").await;
    let to_reset = forgot(&house, "ada@example.com").await.unwrap();
    let first = login_link(&house, "ada@example.com").await.unwrap();
    log_in_by(&house, &first, VERIFIER).await.assert_status(200);
    let second = login_link(&house, "ada@example.com").await.unwrap();
    reset(&house, &to_reset, NEW).await.assert_status(204);
    let late = log_in_by(&house, &second, VERIFIER).await;
    late.assert_problem(400, "invalid_link");
}

/// Whoever sets or changes a password tells the owner of the mailbox.
#[tokio::test]
async fn another_password_is_announced() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let before = mails_to(&house, "ada@example.com");
    let body = json!({"new_password": NEW});
    ada.ask("PUT", "/password", body).await.assert_status(200);
    assert_eq!(mails_to(&house, "ada@example.com"), before + 1);
    assert_eq!(
        subject(&house, "ada@example.com"),
        "A new password was set for auth.example.com"
    );
    assert_eq!(house.mailed_token("ada@example.com"), None);
}

/// Who came by a provider has no password, and sets a first one this way.
#[tokio::test]
async fn a_first_password_is_set_by_a_link_too() {
    let stub = OpenIdStub::start();
    stub.person(Person::new("ada", "ada@example.com"));
    let beside: [Beside<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let house = House::beside(Engine::Sqlite, &beside, OAUTH_CLIENT);
    let house = house.await.unwrap();
    let ada = house.enters_by("stub", &stub).await;
    let none = house.anon().log_in("ada@example.com", NEW).await;
    none.assert_problem(401, "invalid_credentials");
    let token = forgot(&house, "ada@example.com").await.unwrap();
    reset(&house, &token, NEW).await.assert_status(204);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let mut by_password = house.anon();
    by_password.keep(
        by_password
            .log_in("ada@example.com", NEW)
            .await
            .assert_status(200),
    );
    assert_eq!(by_password.id(), ada.id());
    // The provider goes on to let her in.
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
}
