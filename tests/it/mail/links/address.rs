//! Email changes.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{NEW, confirm_email, forgot, mails_to, request_email_change, reset, subject};
use crate::support::{Engine, PASSWORD, TestService, both_engines};

#[apply(both_engines)]
#[tokio::test]
async fn email_change_needs_confirmation_from_the_new_mailbox(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let id = ada.id();
    let asked = ada.post("/email", json!({"email": "New@Example.com"}));
    asked.await.assert_status(202);
    let token = service.mailed_token("new@example.com").unwrap();
    // Announced to the current email, without any change.
    let asked = "Request to change your email address at auth.example.com";
    assert_eq!(subject(&service, "ada@example.com"), asked);
    assert_eq!(ada.get("/me").await.json()["email"], "ada@example.com");

    service.clock.advance(TimeDelta::minutes(59));
    let done = confirm_email(&service, &token).await;
    done.assert_status(204);
    assert_eq!(done.body, b"");
    assert_eq!(
        subject(&service, "ada@example.com"),
        "Your email address at auth.example.com was changed"
    );
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let old = service.anon().log_in("ada@example.com", PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    let ada = service.anon().logged_in("new@example.com").await;
    assert_eq!(ada.id(), id);
    let me = ada.get("/me").await.json();
    assert_eq!(me["email"], "new@example.com");
    assert_eq!(me["email_verified"], "2026-01-01T00:59:00Z");
    let again = confirm_email(&service, &token).await;
    again.assert_problem(400, "invalid_link");
}

#[tokio::test]
async fn email_change_needs_a_recent_login_or_the_password() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(11));
    ada.refreshed().await.assert_status(200);
    let ask = async |body| ada.post("/email", body).await;
    let refused = ask(json!({"email": "new@example.com"})).await;
    refused.assert_problem(401, "insufficient_user_authentication");
    let wrong = json!({"email": "new@example.com", "password": "not my pass phrase"});
    ask(wrong).await.assert_problem(403, "wrong_password");
    assert_eq!(mails_to(&service, "new@example.com"), 0);
    let right = json!({"email": "new@example.com", "password": PASSWORD});
    ask(right).await.assert_status(202);
    assert_eq!(mails_to(&service, "new@example.com"), 1);
    let anon = service.anon();
    let nobody = anon.post("/email", json!({"email": "new@example.com"}));
    nobody.await.assert_problem(401, "missing_token");
}

#[tokio::test]
async fn email_change_hides_whether_an_email_is_taken() {
    let service = TestService::new().await;
    service.signed_up("bob@example.com").await;
    let ada = service.signed_up("ada@example.com").await;
    let ask = async |email: &str| ada.post("/email", json!({"email": email})).await;
    let announced = mails_to(&service, "ada@example.com");
    let taken = ask("bob@example.com").await;
    let free = ask("free@example.com").await;
    assert_eq!(taken.comparable(), free.comparable());
    // The current email gets the same notice for both; the owner of the taken email gets no link.
    assert_eq!(mails_to(&service, "ada@example.com"), announced + 2);
    assert_eq!(service.mailed_token("bob@example.com"), None);
    assert!(service.mailed_token("free@example.com").is_some());
    let own = ask("ADA@example.com").await;
    own.assert_field(422, "invalid_field", "email");
}

#[apply(both_engines)]
#[tokio::test]
async fn first_confirmed_email_change_wins(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let one = request_email_change(&ada, &service, "one@example.com")
        .await
        .unwrap();
    let two = request_email_change(&ada, &service, "two@example.com")
        .await
        .unwrap();
    confirm_email(&service, &two).await.assert_status(204);
    let late = confirm_email(&service, &one).await;
    late.assert_problem(400, "invalid_link");
    service.anon().logged_in("two@example.com").await;
}

#[apply(both_engines)]
#[tokio::test]
async fn email_change_to_an_email_taken_meanwhile_is_rejected(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let token = request_email_change(&ada, &service, "new@example.com")
        .await
        .unwrap();
    let bob = service.signed_up("new@example.com").await;
    let late = confirm_email(&service, &token).await;
    late.assert_problem(400, "invalid_link");
    // Neither user has changed.
    ada.get("/me").await.assert_status(200);
    assert_eq!(bob.get("/me").await.json()["email"], "new@example.com");
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_ten_concurrent_email_changes_succeeds(engine: Engine) {
    let service = TestService::configured(engine, "limits.enabled = false").await;
    let mut tokens = Vec::new();
    for n in 0..10 {
        let one = service.signed_up(&format!("person{n}@example.com")).await;
        tokens.push(
            request_email_change(&one, &service, "shared@example.com")
                .await
                .unwrap(),
        );
    }
    let answers = join_all(tokens.iter().map(|token| confirm_email(&service, token))).await;
    assert_eq!(answers.iter().filter(|it| it.status == 204).count(), 1);
    let refused = answers.iter().filter(|it| it.status != 204);
    for it in refused {
        it.assert_problem(400, "invalid_link");
    }
    service.anon().logged_in("shared@example.com").await;
}

#[rstest]
#[tokio::test]
async fn pending_email_change_is_cancelled_with_the_sessions(
    #[values("late", "reset", "password", "logout everywhere", "disabled")] end: &str,
) {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let token = request_email_change(&ada, &service, "new@example.com")
        .await
        .unwrap();
    match end {
        "late" => service.clock.advance(TimeDelta::hours(1)),
        "reset" => {
            let link = forgot(&service, "ada@example.com").await.unwrap();
            reset(&service, &link, NEW).await.assert_status(204);
        }
        "password" => {
            let body = json!({"new_password": NEW});
            ada.send_json("PUT", "/password", body)
                .await
                .assert_status(200);
        }
        "logout everywhere" => {
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204);
        }
        _ => ada.set_active(false).await,
    }
    let dead = confirm_email(&service, &token).await;
    dead.assert_problem(400, "invalid_link");
    let user = service.app.store.user(ada.id()).await.unwrap().unwrap();
    assert_eq!(user.email.as_str(), "ada@example.com");
}

/// The mail to the new mailbox names the account whose email it would become.
#[tokio::test]
async fn email_change_mail_names_the_current_email() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    request_email_change(&ada, &service, "new@example.com")
        .await
        .unwrap();
    let outbox = service.outbox.lock().unwrap();
    let mail = outbox
        .iter()
        .rfind(|it| it.to.as_str() == "new@example.com");
    assert!(mail.unwrap().text.contains("ada@example.com"));
    let mail = outbox
        .iter()
        .rfind(|it| it.to.as_str() == "ada@example.com");
    assert!(mail.unwrap().text.contains("new@example.com"));
}

/// A request without permission costs no mail budget and is rejected even if the budget is
/// exhausted.
#[tokio::test]
async fn rejected_email_change_costs_no_mail_budget() {
    let service = TestService::with("limits.mail_address = '1/1h'").await;
    let ada = service.signed_up("ada@example.com").await;
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
    assert!(service.mailed_token("new@example.com").is_some());
    ask("not my pass phrase")
        .await
        .assert_problem(403, "wrong_password");
    ask(PASSWORD).await.assert_status(202);
    assert_eq!(mails_to(&service, "new@example.com"), 1);
}

/// A mailbox gets a few notices an hour for each kind of event.
#[tokio::test]
async fn notices_are_limited_for_each_kind() {
    let service = TestService::with("limits.mail_address = '2/1h'").await;
    let mut ada = service.signed_up("ada@example.com").await;
    service.outbox.lock().unwrap().clear();
    for n in 0..6 {
        let body = json!({"new_password": format!("pass phrase number {n}")});
        let changed = ada.send_json("PUT", "/password", body).await;
        ada.keep(changed.assert_status(200));
    }
    assert_eq!(mails_to(&service, "ada@example.com"), 2);
    assert_eq!(
        subject(&service, "ada@example.com"),
        "A new password was set for auth.example.com"
    );
    ada.post("/email", json!({"email": "new@example.com"}))
        .await
        .assert_status(202);
    assert_eq!(
        subject(&service, "ada@example.com"),
        "Request to change your email address at auth.example.com"
    );
}
