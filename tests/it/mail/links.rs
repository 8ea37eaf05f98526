//! What is done by mailed links: each is good once, with nothing stored for it.

mod address;
mod letters;
mod link;
mod linked;
mod pre_hijack;
mod reset;

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Actor, Engine, House, PASSWORD,
    answer::Answer,
    oauth_client::{CHALLENGE, VERIFIER, asking_for_link},
};

const NEW: &str = "a brand new pass phrase";

/// What the last mail to that address is about.
fn subject(house: &House, email: &str) -> String {
    let outbox = house.outbox.lock().unwrap();
    let mut to = outbox.iter().rev().filter(|it| it.to.as_str() == email);
    to.next().map(|it| it.subject.clone()).unwrap_or_default()
}

fn mails_to(house: &House, email: &str) -> usize {
    let outbox = house.outbox.lock().unwrap();
    outbox.iter().filter(|it| it.to.as_str() == email).count()
}

/// Asks for a link to choose another password; gives its token.
async fn forgot(house: &House, email: &str) -> Option<String> {
    let anon = house.anon();
    let asked = anon.post("/password/forgot", json!({"email": email}));
    asked.await.assert_status(202);
    house.mailed_token(email)
}

async fn reset(house: &House, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    house.anon().post("/password/reset", body).await
}

/// Asks for another address; gives the token that is mailed there.
async fn move_to(actor: &Actor<'_>, house: &House, email: &str) -> Option<String> {
    let asked = actor.post("/email", json!({"email": email})).await;
    asked.assert_status(202);
    house.mailed_token(email)
}

async fn confirm_address(house: &House, token: &str) -> Answer {
    let body = json!({"token": token});
    house.anon().post("/email/confirm", body).await
}

/// Asks for a link that logs in; gives its token.
async fn login_link(house: &House, email: &str) -> Option<String> {
    let anon = house.anon();
    let asked = anon.post("/login/link", asking_for_link(email)).await;
    asked.assert_status(202);
    house.mailed_token(email)
}

async fn log_in_by(house: &House, token: &str, verifier: &str) -> Answer {
    let body = json!({"token": token, "code_verifier": verifier});
    house.anon().post("/login/link/confirm", body).await
}

/// Every way to have a mail sent without being logged in.
const ASKING: [&str; 3] = ["/password/forgot", "/login/link", "/signup"];

fn body_of(route: &str, email: &str) -> Value {
    match route {
        "/login/link" => asking_for_link(email),
        _ => json!({"email": email}),
    }
}

#[rstest]
#[tokio::test]
async fn who_asks_is_told_the_same_whoever_has_the_address(
    #[values("/password/forgot", "/login/link", "/signup")] route: &str,
) {
    let house = House::new().await;
    house.signed_up("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;
    bob.set_active(false).await;
    let answers = async |email: &str| {
        let answer = house.anon().post(route, body_of(route, email)).await;
        answer.assert_status(202).comparable()
    };
    let known = answers("ada@example.com").await;
    assert_eq!(answers("ADA@EXAMPLE.COM").await, known);
    assert_eq!(answers("bob@example.com").await, known);
    assert_eq!(answers("nobody@example.com").await, known);
    // Everybody gets a mail, and the disabled one is told what a stranger is told.
    assert_eq!(mails_to(&house, "nobody@example.com"), 1);
    if route != "/signup" {
        let of_bob = subject(&house, "bob@example.com");
        assert_eq!(of_bob, subject(&house, "nobody@example.com"));
        assert_eq!(house.mailed_token("bob@example.com"), None);
    }
}

#[tokio::test]
async fn a_mailbox_gets_its_share_whatever_the_spelling_and_the_route() {
    let house = House::with("limits.mail_address = '4/1h'\nlimits.mail_pair = '100/1h'").await;
    house.signed_up("ada@example.com").await;
    house.outbox.lock().unwrap().clear();
    let spellings = ["ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com"];
    let routes = ASKING
        .into_iter()
        .cycle()
        .zip(spellings.into_iter().cycle());
    for (route, email) in routes.take(12) {
        let answer = house.anon().post(route, body_of(route, email)).await;
        answer.assert_status(202);
    }
    // The sign-up was one of four.
    assert_eq!(mails_to(&house, "ada@example.com"), 3);
    house.clock.advance(TimeDelta::hours(1));
    assert!(forgot(&house, "ada@example.com").await.is_some());
}

#[tokio::test]
async fn a_network_has_mails_sent_as_often_as_it_may_whatever_the_route() {
    let house = House::with("limits.mail_network = '6/1h'").await;
    let eve = house.anon().from("192.0.2.66");
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
    assert_eq!(house.outbox.lock().unwrap().len(), 6);
    let ada = house.anon().from("192.0.2.1");
    let asked = ada.post("/signup", json!({"email": "ada@example.com"}));
    asked.await.assert_status(202);
}

/// Links of one kind at the routes of all others: nothing happens.
#[tokio::test]
async fn a_link_is_good_for_what_it_says_alone() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let of_login = login_link(&house, "ada@example.com").await.unwrap();
    let of_reset = forgot(&house, "ada@example.com").await.unwrap();
    let of_address = move_to(&ada, &house, "new@example.com").await.unwrap();
    let anon = house.anon();
    let asked = anon.post("/signup", json!({"email": "eve@example.com"}));
    asked.await.assert_status(202);
    let of_sign_up = house.mailed_token("eve@example.com").unwrap();
    for token in [&of_login, &of_address, &of_sign_up] {
        reset(&house, token, NEW)
            .await
            .assert_problem(400, "invalid_link");
    }
    for token in [&of_login, &of_reset, &of_sign_up] {
        let answer = confirm_address(&house, token).await;
        answer.assert_problem(400, "invalid_link");
    }
    for token in [&of_reset, &of_address, &of_sign_up] {
        let answer = log_in_by(&house, token, VERIFIER).await;
        answer.assert_problem(400, "invalid_link");
    }
    house
        .anon()
        .log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
    // All are still good for that.
    log_in_by(&house, &of_login, VERIFIER)
        .await
        .assert_status(200);
    reset(&house, &of_reset, NEW).await.assert_status(204);
}

/// What scanners and previews do: it changes nothing, and the link is as good as before.
#[tokio::test]
async fn looking_at_a_link_changes_nothing() {
    let house = House::new().await;
    house.signed_up("ada@example.com").await;
    let bob = house.signed_up("bob@example.com").await;
    let of_login = login_link(&house, "ada@example.com").await.unwrap();
    let of_address = move_to(&bob, &house, "new@example.com").await.unwrap();
    let of_reset = forgot(&house, "ada@example.com").await.unwrap();
    let anon = house.anon();
    let asked = anon.post("/signup", json!({"email": "eve@example.com"}));
    asked.await.assert_status(202);
    let of_sign_up = house.mailed_token("eve@example.com").unwrap();
    let before = house.app.store.users(None, 10).await.unwrap();
    for (path, token) in [
        ("/login/link/confirm", &of_login),
        ("/email/confirm", &of_address),
        ("/password/reset", &of_reset),
        ("/signup/confirm", &of_sign_up),
    ] {
        for method in ["GET", "HEAD"] {
            for uri in [path.to_owned(), format!("{path}?token={token}")] {
                let looked = house.anon().send(method, &uri, &[], "").await;
                looked.assert_status(200);
                assert!(!looked.text().contains(token.as_str()));
            }
        }
    }
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), before);
    log_in_by(&house, &of_login, VERIFIER)
        .await
        .assert_status(200);
    reset(&house, &of_reset, NEW).await.assert_status(204);
    let body = json!({"token": of_sign_up, "password": PASSWORD});
    anon.post("/signup/confirm", body).await.assert_status(201);
    let ada = house.anon().log_in("ada@example.com", NEW).await;
    ada.assert_status(200);
    confirm_address(&house, &of_address)
        .await
        .assert_status(204);
}

#[rstest]
#[tokio::test]
async fn without_mail_everybody_is_told_so_alike(
    #[values("/password/forgot", "/login/link", "/signup")] route: &str,
) {
    let mut house = House::new().await;
    house.signed_up("ada@example.com").await;
    house.without_mail();
    for email in ["ada@example.com", "nobody@example.com"] {
        let answer = house.anon().post(route, body_of(route, email)).await;
        answer.assert_problem(503, "unavailable");
    }
}

#[rstest]
#[tokio::test]
async fn asking_writes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let before = house.app.store.users(None, 10).await.unwrap();
    forgot(&house, "ada@example.com").await.unwrap();
    login_link(&house, "ada@example.com").await.unwrap();
    move_to(&ada, &house, "new@example.com").await.unwrap();
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), before);
}
