//! The hosted login pages.

use serde_json::json;

use super::{ADA, WEAK, users};
use crate::support::{
    Browser, Engine,
    answer::Answer,
    migration::OldService,
    oauth_client::{Login, OAUTH_CLIENT},
    stub::json as json_answer,
};

/// Fills in the login form of a page.
async fn submits(browser: &Browser<'_>, url: &str) -> Answer {
    let page = browser.visit(url).await;
    page.assert_status(200);
    let fields = [("email", ADA), ("password", WEAK), ("by", "password")];
    browser.submit(&page, &fields).await
}

#[tokio::test]
async fn login_page_asks_once_and_logs_the_new_user_in() {
    let old = OldService::start();
    let service = old.asked_by(Engine::Sqlite, OAUTH_CLIENT).await;
    let browser = Browser::new(&service);
    let refused = submits(&browser, "/login").await;
    let text = refused.text();
    assert!(text.contains("Incorrect email or password"), "{text}");
    assert_eq!(old.asked().len(), 1);

    old.responds(|_| json_answer(500, &json!({})));
    let failed = submits(&browser, "/login").await;
    failed.assert_page(503, "unavailable");
    assert_ne!(failed.header("retry-after"), "");
    assert_eq!(old.asked().len(), 2);
    assert_eq!(users(&service).await, 0);

    old.knows(ADA, WEAK, json!({"email_verified": true}));
    submits(&browser, "/login").await.assert_status(200);
    assert!(browser.cookies().contains("-sso="), "{}", browser.cookies());
    assert_eq!(old.asked().len(), 3);
    assert_eq!(users(&service).await, 1);
}

#[tokio::test]
async fn login_at_the_authorization_endpoint_ends_at_the_client() {
    let old = OldService::start();
    old.knows(ADA, WEAK, json!({"email_verified": true}));
    let service = old.asked_by(Engine::Sqlite, OAUTH_CLIENT).await;
    let login = Login::new(&service);
    let answer = submits(&login.browser, &login.url("")).await;
    let session = login.redeem(&login.code(&answer)).await;
    session.assert_status(200);
    assert_eq!(old.asked().len(), 1);
}
