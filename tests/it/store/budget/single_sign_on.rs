//! A login by the session at the issuer.

use rstest_reuse::apply;

use super::counted;
use crate::support::{
    Browser, Engine, PASSWORD, TestService, both_engines,
    browser::WEB,
    oauth_client::{Login, OAUTH_CLIENT},
};

#[apply(both_engines)]
#[tokio::test]
async fn login_by_single_sign_on_is_one_read(engine: Engine) {
    let service = TestService::with_providers(engine, &[], OAUTH_CLIENT).await;
    service.signed_up("ada@example.com").await;
    let login = Login::new(&service);
    let page = login.browser.visit(&login.url("")).await;
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = login.browser.post_form(&page.form().0, &fields).await;
    login.code(&answer);
    let (answer, reads, writes) = counted(login.browser.visit(&login.url(""))).await;
    login.code(&answer);
    assert_eq!((reads, writes), (1, 0));
    let (page, reads, writes) = counted(
        login
            .browser
            .visit(&format!("{}&prompt=login", login.url(""))),
    )
    .await;
    page.assert_status(200);
    // The page fills in the email of the user.
    assert_eq!((reads, writes), (1, 0));
}

#[apply(both_engines)]
#[tokio::test]
async fn login_at_the_issuer_is_one_read(engine: Engine) {
    let service = TestService::with_providers(engine, &[], OAUTH_CLIENT).await;
    service.signed_up("ada@example.com").await;
    let login = Login::new(&service);
    let (page, reads, writes) = counted(login.browser.visit("/login")).await;
    assert_eq!((page.status, reads, writes), (200, 0, 0));
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let posted = login.browser.post_form("/login", &fields);
    let (page, reads, writes) = counted(posted).await;
    assert!(page.text().contains("You’re logged in"));
    assert_eq!((page.status, reads, writes), (200, 1, 0));
    let (page, reads, writes) = counted(login.browser.visit("/login")).await;
    assert!(page.text().contains("You’re logged in"));
    assert_eq!((page.status, reads, writes), (200, 1, 0));
}

#[apply(both_engines)]
#[tokio::test]
async fn page_of_the_service_reads_the_user_who_is_logged_in_only(engine: Engine) {
    let service = TestService::with_providers(engine, &[], WEB).await;
    let headers = [("accept", "text/html")];
    let (page, reads, writes) = counted(service.anon().send("GET", "/", &headers, "")).await;
    assert_eq!((page.status, reads, writes), (200, 0, 0));
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    let cookies = browser.cookies();
    let headers = [("accept", "text/html"), ("cookie", &*cookies)];
    let (page, reads, writes) = counted(service.anon().send("GET", "/", &headers, "")).await;
    assert!(page.text().contains("ada@example.com"), "{}", page.text());
    assert_eq!((page.status, reads, writes), (200, 1, 0));
}
