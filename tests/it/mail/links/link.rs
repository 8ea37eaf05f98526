//! Login by link.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use super::{
    CHALLENGE, VERIFIER, asking_for_link, confirm_address, forgot, log_in_by, login_link, move_to,
    reset,
};
use crate::support::{Engine, House, PASSWORD};

#[rstest]
#[tokio::test]
async fn a_person_logs_in_by_link_where_it_was_asked_for(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let id = house.signed_up("ada@example.com").await.id();
    house.clock.advance(TimeDelta::hours(1));
    let token = login_link(&house, "ada@example.com").await.unwrap();
    let logged_in = log_in_by(&house, &token, VERIFIER).await;
    let mut ada = house.anon();
    ada.keep(logged_in.assert_status(200));
    assert_eq!(ada.id(), id);
    let claims = ada.claims();
    assert_eq!(claims["amr"], json!(["mail"]));
    assert_eq!(claims["auth_time"], claims["iat"]);
    ada.refreshed().await.assert_status(200);
    ada.get("/me").await.assert_status(200);
}

#[tokio::test]
async fn a_link_is_good_for_ten_minutes_and_once() {
    let house = House::new().await;
    house.signed_up("ada@example.com").await;
    let late = login_link(&house, "ada@example.com").await.unwrap();
    house.clock.advance(TimeDelta::minutes(10));
    log_in_by(&house, &late, VERIFIER)
        .await
        .assert_problem(400, "invalid_link");
    let token = login_link(&house, "ada@example.com").await.unwrap();
    house.clock.advance(TimeDelta::seconds(599));
    log_in_by(&house, &token, VERIFIER).await.assert_status(200);
    log_in_by(&house, &token, VERIFIER)
        .await
        .assert_problem(400, "invalid_link");
}

#[rstest]
#[tokio::test]
async fn of_several_links_the_first_used_wins(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    house.signed_up("ada@example.com").await;
    let first = login_link(&house, "ada@example.com").await.unwrap();
    let second = login_link(&house, "ada@example.com").await.unwrap();
    log_in_by(&house, &first, VERIFIER).await.assert_status(200);
    let dead = log_in_by(&house, &second, VERIFIER).await;
    dead.assert_problem(400, "invalid_link");
}

/// Two nodes that share the database and the keys alone.
#[rstest]
#[tokio::test]
async fn of_ten_uses_on_two_nodes_at_once_one_logs_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let other = house.second_node("").await;
    house.signed_up("ada@example.com").await;
    let token = login_link(&house, "ada@example.com").await.unwrap();
    let nodes = [&house, &other].into_iter().cycle().take(10);
    let answers = join_all(nodes.map(|node| log_in_by(node, &token, VERIFIER))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 200).count(), 1);
    let refused = answers.iter().filter(|it| it.status != 200);
    for it in refused {
        it.assert_problem(400, "invalid_link");
    }
}

#[tokio::test]
async fn opened_elsewhere_it_says_so_and_stays_good() {
    let house = House::new().await;
    house.signed_up("ada@example.com").await;
    let token = login_link(&house, "ada@example.com").await.unwrap();
    let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for verifier in [other, "", "short", CHALLENGE, &"x".repeat(4000)] {
        let answer = log_in_by(&house, &token, verifier).await;
        answer.assert_problem(400, "opened_elsewhere");
    }
    let anon = house.anon();
    let without = anon.post("/login/link/confirm", json!({"token": token}));
    without
        .await
        .assert_field(422, "missing_field", "code_verifier");
    log_in_by(&house, &token, VERIFIER).await.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn a_link_dies_with_whatever_ends_the_sessions(
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
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let token = login_link(&house, "ada@example.com").await.unwrap();
    match end {
        "password" => {
            let body = json!({"new_password": "another pass phrase"});
            ada.ask("PUT", "/password", body).await.assert_status(200);
        }
        "reset" => {
            let link = forgot(&house, "ada@example.com").await.unwrap();
            let done = reset(&house, &link, "another pass phrase").await;
            done.assert_status(204);
        }
        "address" => {
            let link = move_to(&ada, &house, "new@example.com").await.unwrap();
            confirm_address(&house, &link).await.assert_status(204);
        }
        "logout everywhere" => {
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204);
        }
        "disabled" => ada.set_active(false).await,
        _ => {
            ada.ask("DELETE", "/me", json!({})).await.assert_status(204);
        }
    }
    log_in_by(&house, &token, VERIFIER)
        .await
        .assert_problem(400, "invalid_link");
}

/// Other sessions of the person go on: logging in changes nothing.
#[tokio::test]
async fn a_login_by_link_ends_nothing() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let token = login_link(&house, "ada@example.com").await.unwrap();
    log_in_by(&house, &token, VERIFIER).await.assert_status(200);
    ada.refresh().await.assert_status(200);
    ada.get("/me").await.assert_status(200);
    house
        .anon()
        .log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn the_client_and_the_scope_are_those_that_were_asked_for() {
    let house = House::with(
        "[[clients]]\nclient_id = 'web'\nscopes = ['read', 'write']\n\
         [[clients]]\nclient_id = 'phone'\napp_url = 'https://phone.example.com'",
    )
    .await;
    let body = json!({"email": "ada@example.com", "client_id": "web"});
    house.anon().post("/signup", body).await.assert_status(202);
    let token = house.mailed_token("ada@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    house
        .anon()
        .post("/signup/confirm", body)
        .await
        .assert_status(201);
    let mut asked = asking_for_link("ada@example.com");
    asked["client_id"] = json!("web");
    asked["scope"] = json!("read");
    house
        .anon()
        .post("/login/link", asked.clone())
        .await
        .assert_status(202);
    let token = house.mailed_token("ada@example.com").unwrap();
    let mut ada = house.anon();
    ada.keep(log_in_by(&house, &token, VERIFIER).await.assert_status(200));
    assert_eq!(ada.claims()["client_id"], "web");
    assert_eq!(ada.claims()["scope"], "read");

    asked["scope"] = json!("everything");
    let wide = house.anon().post("/login/link", asked.clone()).await;
    wide.assert_field(400, "invalid_scope", "scope");
    asked["scope"] = json!(null);
    asked["client_id"] = json!("nobody");
    let unknown = house.anon().post("/login/link", asked.clone()).await;
    unknown.assert_field(400, "unknown_client", "client_id");
    asked["client_id"] = json!("phone");
    house
        .anon()
        .post("/login/link", asked.clone())
        .await
        .assert_status(202);
    let mail = house.outbox.lock().unwrap().last().unwrap().text.clone();
    assert!(mail.contains("https://phone.example.com/login/link/confirm#token="));
    asked["code_challenge"] = json!("too short");
    let bad = house.anon().post("/login/link", asked).await;
    bad.assert_field(422, "invalid_field", "code_challenge");
}

/// Whom an operator has made without a word on the address: a mailbox that nobody has shown to read
/// lets nobody in.
#[tokio::test]
async fn an_unproven_address_gets_no_link() {
    let house = House::new().await;
    house.unproven("ada@example.com").await;
    assert_eq!(login_link(&house, "ada@example.com").await, None);
}
