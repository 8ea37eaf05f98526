//! Password resets.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    NEW, VERIFIER, forgot, log_in_by, login_link, mails_to, request_email_change, reset, subject,
};
use crate::support::{
    Engine, PASSWORD, TestService, both_engines,
    oauth_client::OAUTH_CLIENT,
    openid::{OpenIdStub, Person},
    upstream::ProviderSetup,
};

#[apply(both_engines)]
#[tokio::test]
async fn password_reset_sets_a_password_that_logs_in(engine: Engine) {
    let service = TestService::on(engine).await;
    let ada = service.signed_up("ada@example.com").await;
    let token = forgot(&service, "ada@example.com").await.unwrap();
    let done = reset(&service, &token, NEW).await;
    done.assert_status(204);
    // The reset logs no user in and ends every session.
    assert_eq!(done.body, b"");
    assert_eq!(done.set_cookies(), [] as [&str; 0]);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    ada.get("/me").await.assert_problem(401, "invalid_token");
    let old = service.anon().log_in("ada@example.com", PASSWORD).await;
    old.assert_problem(401, "invalid_credentials");
    service
        .anon()
        .log_in("ada@example.com", NEW)
        .await
        .assert_status(200);
    assert_eq!(
        subject(&service, "ada@example.com"),
        "A new password was set for auth.example.com"
    );
}

#[tokio::test]
async fn reset_link_works_once_within_half_an_hour() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let late = forgot(&service, "ada@example.com").await.unwrap();
    service.clock.advance(TimeDelta::minutes(30));
    reset(&service, &late, NEW)
        .await
        .assert_problem(400, "invalid_link");

    let token = forgot(&service, "ada@example.com").await.unwrap();
    service
        .clock
        .advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    reset(&service, &token, NEW).await.assert_status(204);
    let again = reset(&service, &token, "yet another pass phrase").await;
    again.assert_problem(400, "invalid_link");
    service
        .anon()
        .log_in("ada@example.com", NEW)
        .await
        .assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_ten_concurrent_resets_sets_the_password(engine: Engine) {
    let service = TestService::on(engine).await;
    service.signed_up("ada@example.com").await;
    let token = forgot(&service, "ada@example.com").await.unwrap();
    let phrases: Vec<_> = (0..10).map(|n| format!("pass phrase number {n}")).collect();
    let resets = phrases.iter().map(|phrase| reset(&service, &token, phrase));
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
    service
        .anon()
        .log_in("ada@example.com", done[0])
        .await
        .assert_status(200);
}

/// Events that cancel every open link.
#[rstest]
#[tokio::test]
async fn link_is_cancelled_with_the_sessions(
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
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let token = forgot(&service, "ada@example.com").await.unwrap();
    let address = "ada@example.com";
    let current = match end {
        "another link" => {
            let other = forgot(&service, address).await.unwrap();
            reset(&service, &other, "another pass phrase")
                .await
                .assert_status(204);
            "another pass phrase"
        }
        "password" => {
            let body = json!({"new_password": "another pass phrase"});
            ada.send_json("PUT", "/password", body)
                .await
                .assert_status(200);
            "another pass phrase"
        }
        "logout everywhere" => {
            ada.post("/logout/everywhere", json!({}))
                .await
                .assert_status(204);
            PASSWORD
        }
        "address" => {
            let other = request_email_change(&ada, &service, "new@example.com")
                .await
                .unwrap();
            super::confirm_email(&service, &other)
                .await
                .assert_status(204);
            PASSWORD
        }
        "disabled" => {
            ada.set_active(false).await;
            reset(&service, &token, NEW)
                .await
                .assert_problem(400, "invalid_link");
            ada.set_active(true).await;
            PASSWORD
        }
        _ => {
            ada.send_json("DELETE", "/me", json!({}))
                .await
                .assert_status(204);
            PASSWORD
        }
    };
    reset(&service, &token, NEW)
        .await
        .assert_problem(400, "invalid_link");
    let address = if end == "address" {
        "new@example.com"
    } else {
        address
    };
    let logged_in = service.anon().log_in(address, current).await;
    logged_in.assert_status(if end == "deleted" { 401 } else { 200 });
}

#[tokio::test]
async fn weak_password_leaves_the_reset_link_unused() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let token = forgot(&service, "ada@example.com").await.unwrap();
    for weak in ["short", "ada@example.com", "passwordpassword"] {
        let refused = reset(&service, &token, weak).await;
        refused.assert_field(422, "weak_password", "password");
    }
    reset(&service, &token, NEW).await.assert_status(204);
}

#[tokio::test]
async fn password_reset_cancels_login_links_but_not_the_reverse() {
    let service = TestService::new().await;
    service.signed_up("ada@example.com").await;
    let to_reset = forgot(&service, "ada@example.com").await.unwrap();
    let first = login_link(&service, "ada@example.com").await.unwrap();
    log_in_by(&service, &first, VERIFIER)
        .await
        .assert_status(200);
    let second = login_link(&service, "ada@example.com").await.unwrap();
    reset(&service, &to_reset, NEW).await.assert_status(204);
    let late = log_in_by(&service, &second, VERIFIER).await;
    late.assert_problem(400, "invalid_link");
}

/// Setting or changing a password notifies the owner of the mailbox.
#[tokio::test]
async fn password_change_notifies_the_owner() {
    let service = TestService::new().await;
    let ada = service.signed_up("ada@example.com").await;
    let before = mails_to(&service, "ada@example.com");
    let body = json!({"new_password": NEW});
    ada.send_json("PUT", "/password", body)
        .await
        .assert_status(200);
    assert_eq!(mails_to(&service, "ada@example.com"), before + 1);
    assert_eq!(
        subject(&service, "ada@example.com"),
        "A new password was set for auth.example.com"
    );
    assert_eq!(service.mailed_token("ada@example.com"), None);
}

/// A user who signed up by a provider has no password and sets a first one by reset.
#[tokio::test]
async fn password_reset_sets_a_first_password() {
    let stub = OpenIdStub::start();
    stub.person(Person::new("ada", "ada@example.com"));
    let providers: [ProviderSetup<'_>; 1] = [("stub", &stub, "trusts_addresses = true")];
    let service = TestService::with_providers(Engine::Sqlite, &providers, OAUTH_CLIENT);
    let service = service.await;
    let ada = service.log_in_by("stub", &stub).await;
    let none = service.anon().log_in("ada@example.com", NEW).await;
    none.assert_problem(401, "invalid_credentials");
    let token = forgot(&service, "ada@example.com").await.unwrap();
    reset(&service, &token, NEW).await.assert_status(204);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let mut by_password = service.anon();
    by_password.keep(
        by_password
            .log_in("ada@example.com", NEW)
            .await
            .assert_status(200),
    );
    assert_eq!(by_password.id(), ada.id());
    // Login by the provider still works.
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
}
