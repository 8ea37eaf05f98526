//! Profile, email, password, connected accounts, data and deletion.

use serde_json::json;

use super::{ADA, BOB, SSO, assert_leads_to_login, follows, logged_in, logs_in_at, service, shown};
use crate::support::{Browser, PASSWORD, TestService, oauth_client::OAUTH_CLIENT};

const NEW_PASSWORD: &str = "a new password of nine words, or a few less";

#[tokio::test]
async fn profile_changes_and_shows_its_errors() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let page = shown(&browser, "/account/profile").await;
    let fields = [
        ("name", "Ada Lovelace"),
        ("picture", "https://example.com/ada.png"),
    ];
    let overview = follows(&browser, &browser.submit(&page, &fields).await).await;
    for text in ["Ada Lovelace", "https://example.com/ada.png"] {
        assert!(overview.text().contains(text), "{}", overview.text());
    }
    for (field, wrong) in [
        ("picture", "javascript:alert(1)"),
        ("picture", "http://example.com/a.png"),
        ("name", "Ada\u{202e}"),
    ] {
        let page = shown(&browser, "/account/profile").await;
        let answer = browser.submit(&page, &[(field, wrong)]).await;
        answer.assert_status(422);
        assert!(answer.text().contains("aria-invalid"), "{}", answer.text());
    }
    let page = shown(&browser, "/account/profile").await;
    let emptied = browser
        .submit(&page, &[("name", ""), ("picture", " ")])
        .await;
    let overview = follows(&browser, &emptied).await;
    assert!(
        overview.text().contains("No name yet"),
        "{}",
        overview.text()
    );
}

#[tokio::test]
async fn form_that_was_shown_to_another_user_changes_nothing() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let page = shown(&browser, "/account/profile?ui_locales=de").await;
    let login = browser
        .visit("/login?return_to=%2Faccount&prompt=login")
        .await;
    logs_in_at(&browser, &login, BOB).await.assert_status(303);
    let answer = browser.submit(&page, &[("name", "Ada Lovelace")]).await;
    answer.assert_status(303);
    let location = answer.header("location");
    assert!(
        location.ends_with("/account?ui_locales=de&done=other-user"),
        "{location}"
    );
    let overview = follows(&browser, &answer).await;
    let notice = "Das wurde für ein anderes Konto begonnen";
    assert!(overview.text().contains(notice), "{}", overview.text());
    let shown_again = shown(&browser, "/account/profile?ui_locales=de").await;
    assert!(!shown_again.text().contains("Ada Lovelace"));
    let answer = browser.submit(&shown_again, &[("name", "Bob")]).await;
    let overview = follows(&browser, &answer).await;
    assert!(overview.text().contains("Bob"), "{}", overview.text());
}

/// The form names the user, so that it ends no login of a user who logged in afterwards.
#[tokio::test]
async fn logout_that_was_shown_to_another_user_asks_again() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let of_ada = shown(&browser, "/account").await;
    let login = browser
        .visit("/login?return_to=%2Faccount&prompt=login")
        .await;
    logs_in_at(&browser, &login, BOB).await.assert_status(303);
    for everywhere in [&[][..], &[("everywhere", "1")]] {
        let asked = browser.submit(&of_ada, everywhere).await;
        asked.assert_status(200);
        assert!(asked.text().contains("Log out?"), "{}", asked.text());
        let of_bob = shown(&browser, "/account").await;
        assert!(of_bob.text().contains(BOB), "{}", of_bob.text());
    }
    let of_bob = shown(&browser, "/account").await;
    browser.submit(&of_bob, &[]).await.assert_status(200);
    assert_leads_to_login(&browser.visit("/account").await, "/account");
}

#[tokio::test]
async fn new_password_ends_the_other_sessions_and_keeps_this_one() {
    let service = service().await;
    let (browser, other) = (
        logged_in(&service, ADA).await,
        logged_in(&service, ADA).await,
    );
    let page = shown(&browser, "/account/password").await;
    let weak = browser.submit(&page, &[("password", "12345")]).await;
    weak.assert_status(422);
    assert!(weak.text().contains("role=\"alert\""), "{}", weak.text());
    let answer = browser.submit(&page, &[("password", NEW_PASSWORD)]).await;
    let overview = follows(&browser, &answer).await;
    assert!(
        overview.text().contains("Your password has been changed."),
        "{}",
        overview.text()
    );
    assert_leads_to_login(&other.visit("/account").await, "/account");
    for (password, status) in [(PASSWORD, 401), (NEW_PASSWORD, 200)] {
        let body = json!({"email": ADA, "password": password});
        let answer = service.anon().post("/login", body).await;
        answer.assert_status(status);
    }
}

#[tokio::test]
async fn new_email_is_confirmed_by_its_link() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let page = shown(&browser, "/account/email").await;
    for (wrong, text) in [
        ("ada", "Enter an email address like"),
        (ADA, "This is already your email address."),
    ] {
        let answer = browser.submit(&page, &[("email", wrong)]).await;
        answer.assert_status(422);
        assert!(answer.text().contains(text), "{}", answer.text());
    }
    // The answer is the same for an email that another user has.
    for email in ["lovelace@example.com", BOB] {
        let answer = browser.submit(&page, &[("email", email)]).await;
        answer.assert_status(202);
        let text = format!("Open the link we sent to <bdi>{email}</bdi>");
        assert!(answer.text().contains(&text), "{}", answer.text());
    }
    let token = service.mailed_token("lovelace@example.com").unwrap();
    let confirmed = service
        .anon()
        .post("/email/confirm", json!({"token": token}))
        .await;
    confirmed.assert_status(204);
    assert_leads_to_login(&browser.visit("/account").await, "/account");
}

#[tokio::test]
async fn mails_about_the_account_lead_to_hosted_pages() {
    let settings = OAUTH_CLIENT.replace(
        "[[clients]]",
        "[[clients]]\napp_url = 'https://app.example.com'",
    );
    let service = TestService::with(&settings).await;
    service.signed_up(ADA).await;
    let browser = logged_in(&service, ADA).await;
    let page = shown(&browser, "/account/email").await;
    let new = "lovelace@example.com";
    let asked = browser.submit(&page, &[("email", new)]).await;
    asked.assert_status(202);
    let outbox = service.outbox.lock().unwrap();
    let text = |to: &str| {
        let mail = outbox.iter().rev().find(|mail| mail.to.as_str() == to);
        mail.unwrap().text.clone()
    };
    let link = "https://auth.example.com/email/confirm?ui_locales=en#token=";
    assert!(text(new).contains(link), "{}", text(new));
    let page = "https://auth.example.com/end-session?everywhere=1&ui_locales=en\n";
    assert!(text(ADA).contains(page), "{}", text(ADA));
}

#[tokio::test]
async fn deletion_needs_the_email_and_ends_the_session() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let page = shown(&browser, "/account/delete").await;
    browser
        .submit(&page, &[("email", BOB)])
        .await
        .assert_status(422);
    let answer = browser.submit(&page, &[("email", "ADA@example.com")]).await;
    answer.assert_status(200);
    assert!(
        answer.text().contains("Your account has been deleted"),
        "{}",
        answer.text()
    );
    assert_eq!(browser.cookie(SSO), None);
    let body = json!({"email": ADA, "password": PASSWORD});
    let answer = service.anon().post("/login", body).await;
    answer.assert_status(401);
}

#[tokio::test]
async fn data_is_a_file_without_secrets() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let file = shown(&browser, "/account/data").await;
    let disposition = "attachment; filename=\"signet-data.json\"";
    assert_eq!(file.header("content-disposition"), disposition);
    let mut ada = service.anon();
    ada.keep(
        &ada.post("/login", json!({"email": ADA, "password": PASSWORD}))
            .await,
    );
    let answer = ada.get("/me/data").await;
    assert_eq!(answer.header("content-disposition"), disposition);
    let data = answer.assert_status(200).json();
    assert_eq!(data, file.json());
    assert_eq!(data["user"]["email"], ADA);
    assert_eq!(data["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(data["factors"]["totp"], json!(null));
    for secret in ["argon2", "verifier", "epoch"] {
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
    service.anon().get("/me/data").await.assert_status(401);
}

#[tokio::test]
async fn account_of_another_user_or_of_no_provider_is_unknown() {
    let service = service().await;
    let browser = logged_in(&service, ADA).await;
    let mut ada = service.anon();
    ada.keep(
        &ada.post("/login", json!({"email": ADA, "password": PASSWORD}))
            .await,
    );
    let accounts = ada.get("/me/accounts").await.json();
    let own = accounts["accounts"][0]["id"].as_str().unwrap().to_owned();
    for id in [own.as_str(), "x", "0193f9a0-0000-7000-8000-000000000000"] {
        let page = browser
            .visit(&format!("/account/accounts/{id}/disconnect"))
            .await;
        page.assert_status(404);
    }
    let stranger = Browser::new(&service);
    let path = format!("/account/accounts/{own}/disconnect");
    assert_leads_to_login(&stranger.visit(&path).await, &path);
}
