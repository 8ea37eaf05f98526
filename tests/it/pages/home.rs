//! `/` and `/.well-known/change-password`.

use serde_json::json;

use crate::support::{Browser, TestService, upstream::LOOPBACK};

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

#[tokio::test]
async fn front_page_leads_to_the_login_and_to_a_new_account() {
    let settings = format!("issuer = '{LOOPBACK}'\npages.name = 'Acme'");
    let service = TestService::with(&settings).await;
    let page = service.anon().send("GET", "/", &[BROWSER], "").await;
    page.assert_status(200);
    let text = page.text();
    assert!(
        text.contains("<title>Your account · Acme</title>"),
        "{text}"
    );
    assert!(
        text.contains("Your account at <bdi>Acme</bdi> logs you in"),
        "{text}"
    );
    let links = page.links();
    assert_eq!(
        links,
        [
            ("Log in".to_owned(), format!("{LOOPBACK}/login")),
            ("Create account".to_owned(), format!("{LOOPBACK}/signup")),
        ]
    );
    for (_, link) in links {
        Browser::new(&service).visit(&link).await.assert_status(200);
    }
    let german = [BROWSER, ("accept-language", "de")];
    let page = service.anon().send("GET", "/", &german, "").await;
    assert!(
        page.text().contains("<h1>Ihr Konto</h1>"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn front_page_offers_only_what_the_service_can_do() {
    let mut service = TestService::with("sso.enabled = false").await;
    service.disable_mail();
    let page = service.anon().send("GET", "/", &[BROWSER], "").await;
    page.assert_status(200);
    assert!(page.links().is_empty(), "{}", page.text());
    assert!(
        page.text().contains("open the app you want to use"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn clients_of_the_api_get_the_documents_of_the_service() {
    for path in ["", "/tenant"] {
        let issuer = format!("https://auth.example.com{path}");
        let service = TestService::with(&format!("issuer = '{issuer}'")).await;
        let document = json!({
            "name": "auth.example.com",
            "issuer": issuer,
            "openid_configuration": format!("{issuer}/.well-known/openid-configuration"),
            "openapi": "https://auth.example.com/openapi.json",
        });
        for at in [format!("{path}/"), path.to_owned()] {
            if at.is_empty() {
                continue;
            }
            let answer = service.anon().get(&at).await;
            answer.assert_status(200);
            assert!(answer.header("vary").contains("accept"));
            assert_eq!(answer.json(), document, "{at}");
        }
        let answer = service.anon().get("/.well-known/change-password").await;
        answer.assert_status(303);
        assert_eq!(
            answer.header("location"),
            format!("{issuer}/password/forgot")
        );
    }
}

#[tokio::test]
async fn password_managers_find_the_page_that_changes_a_password() {
    let mut service = TestService::with(&format!("issuer = '{LOOPBACK}'")).await;
    let browser = Browser::new(&service);
    let answer = browser.visit("/.well-known/change-password").await;
    answer.assert_status(303);
    let target = answer.header("location").to_owned();
    assert_eq!(target, format!("{LOOPBACK}/password/forgot"));
    browser.visit(&target).await.assert_status(200);
    // The address that must not exist tells password managers that statuses are reliable.
    let path = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200";
    service
        .anon()
        .send("GET", path, &[BROWSER], "")
        .await
        .assert_status(404);
    service.disable_mail();
    let answer = service.anon().get("/.well-known/change-password").await;
    assert_eq!(answer.header("location"), format!("{LOOPBACK}/login"));
}
