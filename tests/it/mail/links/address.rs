//! Another address.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use super::{NEW, confirm_address, forgot, mails_to, move_to, reset, subject};
use crate::support::{Engine, House, PASSWORD};

#[rstest]
#[tokio::test]
async fn a_person_takes_another_address_by_showing_to_read_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let id = ada.id();
    let asked = ada.post("/email", json!({"email": "New@Example.com"}));
    asked.await.assert_status(202);
    let token = house.mailed_token("new@example.com").unwrap();
    // Announced at the old address, and nothing has changed yet.
    let asked = "Request to change your email address at auth.example.com";
    assert_eq!(subject(&house, "ada@example.com"), asked);
    assert_eq!(ada.get("/me").await.json()["email"], "ada@example.com");

    house.clock.advance(TimeDelta::minutes(59));
    let done = confirm_address(&house, &token).await;
    done.assert_status(204);
    assert_eq!(done.body, b"");
    assert_eq!(
        subject(&house, "ada@example.com"),
        "Your email address at auth.example.com was changed"
    );
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let old = house.anon().log_in("ada@example.com", PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let ada = house.anon().logged_in("new@example.com").await;
    assert_eq!(ada.id(), id);
    let me = ada.get("/me").await.json();
    assert_eq!(me["email"], "new@example.com");
    assert_eq!(me["email_verified"], "2026-01-01T00:59:00Z");
    let again = confirm_address(&house, &token).await;
    again.assert_problem(400, "invalid_link");
}

#[tokio::test]
async fn it_takes_a_recent_login_or_the_password() {
    let house = House::new().await;
    let mut ada = house.signed_up("ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await.assert_status(200);
    let ask = async |body| ada.post("/email", body).await;
    let refused = ask(json!({"email": "new@example.com"})).await;
    refused.assert_problem(401, "insufficient_user_authentication");
    let wrong = json!({"email": "new@example.com", "password": "not my pass phrase"});
    ask(wrong).await.assert_problem(403, "wrong_password");
    assert_eq!(mails_to(&house, "new@example.com"), 0);
    let right = json!({"email": "new@example.com", "password": PASSWORD});
    ask(right).await.assert_status(202);
    assert_eq!(mails_to(&house, "new@example.com"), 1);
    let anon = house.anon();
    let nobody = anon.post("/email", json!({"email": "new@example.com"}));
    nobody.await.assert_problem(401, "missing_token");
}

#[tokio::test]
async fn nobody_learns_whether_an_address_is_taken() {
    let house = House::new().await;
    house.signed_up("bob@example.com").await;
    let ada = house.signed_up("ada@example.com").await;
    let ask = async |email: &str| ada.post("/email", json!({"email": email})).await;
    let announced = mails_to(&house, "ada@example.com");
    let taken = ask("bob@example.com").await;
    let free = ask("free@example.com").await;
    assert_eq!(taken.comparable(), free.comparable());
    // The old address hears the same of both; who reads the taken one gets no link.
    assert_eq!(mails_to(&house, "ada@example.com"), announced + 2);
    assert_eq!(house.mailed_token("bob@example.com"), None);
    assert!(house.mailed_token("free@example.com").is_some());
    let own = ask("ADA@example.com").await;
    own.assert_field(422, "invalid_field", "email");
}

#[rstest]
#[tokio::test]
async fn of_two_pending_changes_the_first_used_wins(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let one = move_to(&ada, &house, "one@example.com").await.unwrap();
    let two = move_to(&ada, &house, "two@example.com").await.unwrap();
    confirm_address(&house, &two).await.assert_status(204);
    let late = confirm_address(&house, &one).await;
    late.assert_problem(400, "invalid_link");
    house.anon().logged_in("two@example.com").await;
}

#[rstest]
#[tokio::test]
async fn an_address_that_got_a_user_meanwhile_stays_theirs(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::on(engine).await else {
        return;
    };
    let ada = house.signed_up("ada@example.com").await;
    let token = move_to(&ada, &house, "new@example.com").await.unwrap();
    let bob = house.signed_up("new@example.com").await;
    let late = confirm_address(&house, &token).await;
    late.assert_problem(400, "invalid_link");
    // Nothing of either has changed.
    ada.get("/me").await.assert_status(200);
    assert_eq!(bob.get("/me").await.json()["email"], "new@example.com");
}

#[rstest]
#[tokio::test]
async fn of_ten_people_who_confirm_one_address_at_once_one_gets_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = House::configured(engine, "limits.enabled = false").await else {
        return;
    };
    let mut tokens = Vec::new();
    for n in 0..10 {
        let one = house.signed_up(&format!("person{n}@example.com")).await;
        tokens.push(move_to(&one, &house, "shared@example.com").await.unwrap());
    }
    let answers = join_all(tokens.iter().map(|token| confirm_address(&house, token))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 204).count(), 1);
    let refused = answers.iter().filter(|it| it.status != 204);
    for it in refused {
        it.assert_problem(400, "invalid_link");
    }
    house.anon().logged_in("shared@example.com").await;
}

#[rstest]
#[tokio::test]
async fn a_pending_change_dies_with_whatever_ends_the_sessions(
    #[values("late", "reset", "password", "logout everywhere", "disabled")] end: &str,
) {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    let token = move_to(&ada, &house, "new@example.com").await.unwrap();
    match end {
        "late" => house.clock.advance(TimeDelta::hours(1)),
        "reset" => {
            let link = forgot(&house, "ada@example.com").await.unwrap();
            reset(&house, &link, NEW).await.assert_status(204);
        }
        "password" => {
            let body = json!({"new_password": NEW});
            ada.ask("PUT", "/password", body).await.assert_status(200);
        }
        "logout everywhere" => {
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204);
        }
        _ => ada.set_active(false).await,
    }
    let dead = confirm_address(&house, &token).await;
    dead.assert_problem(400, "invalid_link");
    let user = house.app.store.user(ada.id()).await.unwrap().unwrap();
    assert_eq!(user.email.as_str(), "ada@example.com");
}

/// What the new mailbox is asked: whoever reads it must see whose address it would become.
#[tokio::test]
async fn the_new_mailbox_is_told_what_it_would_replace() {
    let house = House::new().await;
    let ada = house.signed_up("ada@example.com").await;
    move_to(&ada, &house, "new@example.com").await.unwrap();
    let outbox = house.outbox.lock().unwrap();
    let mail = outbox
        .iter()
        .rfind(|it| it.to.as_str() == "new@example.com");
    assert!(mail.unwrap().text.contains("ada@example.com"));
    let mail = outbox
        .iter()
        .rfind(|it| it.to.as_str() == "ada@example.com");
    assert!(mail.unwrap().text.contains("new@example.com"));
}

/// Who may not ask pays nothing for it, and is told so whatever the mailbox has left.
#[tokio::test]
async fn who_may_not_ask_spends_nothing_of_the_mailbox() {
    let house = House::with("limits.mail_address = '1/1h'").await;
    let ada = house.signed_up("ada@example.com").await;
    let ask = async |password: &str| {
        let body = json!({"email": "new@example.com", "password": password});
        ada.post("/email", body).await
    };
    for _ in 0..3 {
        ask("not my pass phrase")
            .await
            .assert_problem(403, "wrong_password");
    }
    ask(PASSWORD).await.assert_status(202);
    assert!(house.mailed_token("new@example.com").is_some());
    ask("not my pass phrase")
        .await
        .assert_problem(403, "wrong_password");
    ask(PASSWORD).await.assert_status(202);
    assert_eq!(mails_to(&house, "new@example.com"), 1);
}

/// However often it is done, a mailbox is told a few times an hour; and of each thing for itself.
#[tokio::test]
async fn notices_do_not_flood_a_mailbox_and_none_hides_another() {
    let house = House::with("limits.mail_address = '2/1h'").await;
    let mut ada = house.signed_up("ada@example.com").await;
    house.outbox.lock().unwrap().clear();
    for n in 0..6 {
        let body = json!({"new_password": format!("pass phrase number {n}")});
        let changed = ada.ask("PUT", "/password", body).await;
        ada.keep(changed.assert_status(200));
    }
    assert_eq!(mails_to(&house, "ada@example.com"), 2);
    assert_eq!(
        subject(&house, "ada@example.com"),
        "A new password was set for auth.example.com"
    );
    ada.post("/email", json!({"email": "new@example.com"}))
        .await
        .assert_status(202);
    assert_eq!(
        subject(&house, "ada@example.com"),
        "Request to change your email address at auth.example.com"
    );
}
