//! The login that a policy asks for, and the return URL.

use chrono::TimeDelta;

use super::{ADA, ask_for};
use crate::support::{Browser, Engine, PASSWORD, TestService, answer::Answer, upstream::LOOPBACK};

const BACK: &str = "http://127.0.0.1:9000/wiki?page=a%20b";

const SETTINGS: &str = "
    http.trusted_proxies = ['10.0.0.0/8']

    [policies.wiki]
    origins = ['http://127.0.0.1:9000']
    on_refused = 'redirect'
    max_age = '1h'

    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
    redirect_uris = ['https://app.example.com/welcome']
";

async fn service() -> TestService {
    let service = TestService::with_providers(Engine::Sqlite, &[], SETTINGS).await;
    Browser::signed_up(&service, ADA).await;
    service
}

fn login_url(return_to: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("policy", "wiki")
        .append_pair("return_to", return_to)
        .finish();
    format!("{LOOPBACK}/login?{query}")
}

/// Opens the login page, and logs in there.
async fn logs_in(browser: &Browser<'_>, url: &str) -> Answer {
    let redirect = browser.visit(url).await;
    redirect.assert_status(303);
    let page = browser.visit(redirect.header("location")).await;
    page.assert_status(200);
    if url.contains("return_to") {
        // The application, and not the client with cookies.
        let application = "logging in to <bdi>127.0.0.1</bdi>";
        assert!(page.text().contains(application), "{}", page.text());
    }
    let (action, _) = page.form();
    let fields = [("email", ADA), ("password", PASSWORD), ("by", "password")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.post_form(&action, &fields).await
}

#[tokio::test]
async fn user_returns_to_the_application_with_the_cookies_of_the_client() {
    let service = service().await;
    let ada = Browser::new(&service);
    let page = [("accept", "text/html"), ("sec-fetch-mode", "navigate")];
    let asked = ask_for(&service, &ada, "wiki", &page).await;
    // The page that was asked for is at another origin.
    assert_eq!(
        asked.header("location"),
        format!("{LOOPBACK}/login?policy=wiki")
    );

    let posted = logs_in(&ada, &login_url(BACK)).await;
    posted.assert_status(303);
    assert!(
        ada.cookie("signet-8080-access").is_some() && ada.cookie("signet-8080-refresh").is_some()
    );
    let returned = ada.visit(posted.header("location")).await;
    returned.assert_status(303);
    assert_eq!(returned.header("location"), BACK);
    ask_for(&service, &ada, "wiki", &page)
        .await
        .assert_status(200);

    // A second login is one by the session at the issuer, unless it is too old for the policy.
    let redirect = ada.visit(&login_url(BACK)).await;
    let resumed = ada.visit(redirect.header("location")).await;
    resumed.assert_status(303);
    service.clock.advance(TimeDelta::seconds(3_601));
    ask_for(&service, &ada, "wiki", &page)
        .await
        .assert_status(303);
    let posted = logs_in(&ada, &login_url(BACK)).await;
    posted.assert_status(303);
    ask_for(&service, &ada, "wiki", &page)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn return_url_is_checked_before_and_after_the_login() {
    let mut service = service().await;
    for bad in [
        "//evil",
        "https:evil",
        "http://127.0.0.1:9001/",
        "http://127.0.0.1:9000.evil/",
        "http://evil@127.0.0.1:9000/",
    ] {
        let nobody = Browser::new(&service);
        let page = nobody.visit(&login_url(bad)).await;
        page.assert_page(400, "invalid_field");
        let state = format!("{LOOPBACK}/login/return?state=wiki%20{bad}");
        nobody.visit(&state).await.assert_page(400, "invalid_field");
    }
    let nobody = Browser::new(&service);
    let page = nobody
        .visit(&format!("{LOOPBACK}/login?policy=other"))
        .await;
    page.assert_page(404, "unknown_policy");
    nobody
        .visit(&format!("{LOOPBACK}/login/return"))
        .await
        .assert_page(404, "unknown_policy");

    let ada = Browser::new(&service);
    let posted = logs_in(&ada, &login_url(BACK)).await;
    let location = posted.header("location").to_owned();
    let elsewhere = SETTINGS.replace("http://127.0.0.1:9000", "http://127.0.0.1:9002");
    let reloaded = service.reload(&format!("issuer = '{LOOPBACK}'\n{elsewhere}"));
    assert_eq!(reloaded, Ok(vec![]));
    let later = Browser::new(&service);
    later
        .visit(&location)
        .await
        .assert_page(400, "invalid_field");
}

#[tokio::test]
async fn login_without_a_return_url_ends_at_the_issuer_and_a_canceled_one_can_be_repeated() {
    let service = service().await;
    let ada = Browser::new(&service);
    let posted = logs_in(&ada, &format!("{LOOPBACK}/login?policy=wiki")).await;
    let returned = ada.visit(posted.header("location")).await;
    assert_eq!(returned.header("location"), format!("{LOOPBACK}/login"));

    let other = Browser::new(&service);
    let redirect = other.visit(&login_url(BACK)).await;
    let page = other.visit(redirect.header("location")).await;
    let links = page.links();
    let (_, cancel) = links
        .iter()
        .find(|(text, _)| text.contains("Cancel"))
        .unwrap();
    let page = other.visit(cancel).await;
    page.assert_page(400, "invalid_login");
    assert!(page.text().contains("Login canceled"), "{}", page.text());
    let links = page.links();
    assert!(
        links.iter().any(|(_, url)| *url == login_url(BACK)),
        "{links:?}"
    );
}
