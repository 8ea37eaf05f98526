//! Login by a link that was requested on a hosted page: valid in the requesting browser only.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;

use super::{
    ADA, link_of, open_link, open_link_and_submit, query, request_login_link, service, service_on,
    service_with, submit_form,
};
use crate::support::{
    Browser, Engine, PASSWORD, TestService, both_engines,
    oauth_client::{CHALLENGE, Login, OAUTH_CLIENT, VERIFIER},
    upstream::LOOPBACK,
};

/// An app with its own pages. No link leads there, because those pages lack the browser's secret.
const APP_URL: &str = "app_url = 'https://app.example.com'";

#[apply(both_engines)]
#[tokio::test]
async fn login_link_in_the_same_browser_returns_a_code_to_the_app(
    engine: Engine,
    #[values("", APP_URL)] of_client: &str,
) {
    let settings = format!("{OAUTH_CLIENT}\n{of_client}");
    let service = TestService::with_providers(engine, &[], &settings).await;
    let id = service.signed_up(ADA).await.id();
    let login = Login::new(&service);
    // In any spelling.
    request_login_link(&login, &service, "Ada@Example.com").await;
    let link = super::mailed_link(&service, ADA).unwrap();
    let page = format!("{LOOPBACK}/login/link/confirm?ui_locales=en&");
    assert!(link.starts_with(&page), "{link}");
    let answer = open_link_and_submit(&login.browser, &link, &[]).await;
    let ada = login.finish(&answer).await;
    assert_eq!(ada.id(), id);
    // The link works once, and its page offers a new one with the same request.
    let again = open_link_and_submit(&login.browser, &link, &[]).await;
    again.assert_page(400, "invalid_link");
    login.assert_not_logged_in(&again);
    let other = link_of(&again, "Get a new link");
    assert_eq!(query(&other), with_english(&login.url("")));
    assert!(
        other.starts_with(&format!("{LOOPBACK}/authorize?")),
        "{other}"
    );
}

/// The relevant parameters, and the language of a mail.
fn with_english(url: &str) -> Vec<(String, String)> {
    let mut pairs = query(url);
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.push(("ui_locales".to_owned(), "en".to_owned()));
    pairs.sort();
    pairs
}

#[tokio::test]
async fn login_link_in_another_browser_shows_a_notice_and_stays_unused() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let link = request_login_link(&login, &service, ADA).await.unwrap();
    // A new browser, and one with another login link.
    let without = Login::new(&service);
    let with = Login::new(&service);
    request_login_link(&with, &service, "eve@example.com").await;
    assert!(with.browser.cookie("signet-8080-login").is_some());
    for other in [&without, &with] {
        let answer = open_link_and_submit(&other.browser, &link, &[]).await;
        answer.assert_page(400, "opened_elsewhere");
        assert!(
            answer
                .text()
                .contains("Open this link where you requested it")
        );
        other.assert_not_logged_in(&answer);
        // The client would not recognize the response to its request in this browser.
        let onward = format!("{LOOPBACK}/login?ui_locales=en");
        assert_eq!(answer.links(), [("Back to login".to_owned(), onward)]);
    }
    login.code(&open_link_and_submit(&login.browser, &link, &[]).await);
}

#[tokio::test]
async fn login_link_in_another_browser_leads_to_the_app() {
    let app = format!("{OAUTH_CLIENT}\napp_url = 'https://app.example.com/start'");
    let service = TestService::with_providers(Engine::Sqlite, &[], &app).await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let link = request_login_link(&login, &service, ADA).await.unwrap();
    let answer = open_link_and_submit(&Browser::new(&service), &link, &[]).await;
    answer.assert_page(400, "opened_elsewhere");
    let app = "https://app.example.com/start".to_owned();
    assert_eq!(answer.links(), [("Back to the app".to_owned(), app)]);
    login.code(&open_link_and_submit(&login.browser, &link, &[]).await);
}

/// All links of one browser are bound to the same secret.
#[tokio::test]
async fn either_of_two_login_links_works_in_the_browser() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let first = request_login_link(&login, &service, ADA).await.unwrap();
    let second = request_login_link(&login, &service, ADA).await.unwrap();
    assert_ne!(first, second);
    login.code(&open_link_and_submit(&login.browser, &first, &[]).await);
    let late = open_link_and_submit(&login.browser, &second, &[]).await;
    late.assert_page(400, "invalid_link");
}

#[rstest]
#[tokio::test]
async fn login_link_requested_by_an_app_goes_to_the_app(#[values("", VERIFIER)] secret: &str) {
    let service = service().await;
    service.signed_up(ADA).await;
    let body = json!({"email": ADA, "code_challenge": CHALLENGE});
    let asked = service.anon().post("/login/link", body).await;
    asked.assert_status(202);
    let link = super::mailed_link(&service, ADA).unwrap();
    let browser = Browser::new(&service);
    if !secret.is_empty() {
        let mut jar = browser.jar.lock().unwrap();
        jar.insert("signet-8080-login".to_owned(), secret.to_owned());
    }
    let answer = open_link_and_submit(&browser, &link, &[]).await;
    answer.assert_page(400, "opened_elsewhere");
    assert_eq!(answer.set_cookies(), [""; 0]);
    // The page offers no new link, which only the app can request.
    let login = format!("{LOOPBACK}/login?ui_locales=en");
    assert_eq!(answer.links(), [("Back to login".to_owned(), login)]);
    assert!(!answer.text().contains("ask for a new one here"));
    let token = service.mailed_token(ADA).unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    let logged_in = service.anon().post("/login/link/confirm", body).await;
    logged_in.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn ten_concurrent_submissions_are_one_login(engine: Engine) {
    let service = service_on(engine, "").await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let link = request_login_link(&login, &service, ADA).await.unwrap();
    let (page, token) = open_link(&login.browser, &link).await;
    let filled = [("token", &*token)];
    let presses = (0..10).map(|_| submit_form(&login.browser, &page, &filled));
    let answers = join_all(presses).await;
    let (entered, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 303);
    assert_eq!((entered.len(), refused.len()), (1, 9));
    login.finish(entered[0]).await;
    for answer in refused {
        answer.assert_page(400, "invalid_link");
    }
}

#[tokio::test]
async fn login_link_expires_after_ten_minutes() {
    let service = service().await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let link = request_login_link(&login, &service, ADA).await.unwrap();
    service.clock.advance(TimeDelta::minutes(11));
    let late = open_link_and_submit(&login.browser, &link, &[]).await;
    late.assert_page(400, "invalid_link");
    login.assert_not_logged_in(&late);
}

/// An unknown, disabled or unverified email gets no link, and the page is the same.
#[tokio::test]
async fn login_link_page_is_the_same_for_any_email() {
    let service = service_with("").await;
    service.signed_up(ADA).await;
    service
        .signed_up("bob@example.com")
        .await
        .set_active(false)
        .await;
    service.unverified_user("carol@example.com").await;
    let mut seen = Vec::new();
    for email in [
        ADA,
        "bob@example.com",
        "carol@example.com",
        "nobody@example.com",
    ] {
        let login = Login::new(&service);
        let page = super::login_page(&login).await;
        let filled = [("email", email), ("password", PASSWORD), ("by", "link")];
        let mailed = submit_form(&login.browser, &page, &filled).await;
        super::assert_mailed(&mailed);
        let link = super::mailed_link(&service, email);
        assert_eq!(link.is_some(), email == ADA, "{email}");
        let (status, headers, text) = mailed.comparable();
        let state = query(&login.url(""))
            .into_iter()
            .find(|(it, _)| it == "state");
        let challenge = query(&login.url(""))
            .into_iter()
            .find(|(it, _)| it == "code_challenge");
        let text = text.replace(&state.unwrap().1, "…");
        let text = text.replace(&challenge.unwrap().1, "…");
        // The page repeats the entered email and reveals nothing else about it.
        assert!(text.contains(&format!("<bdi>{email}</bdi>")), "{text}");
        let text = text.replace(email, "…");
        // The challenge of the code is sealed, and has the same size for any email.
        let challenge = mailed.field("challenge");
        let text = text.replace(&challenge, &challenge.len().to_string());
        let headers: Vec<_> = headers
            .into_iter()
            .filter(|(it, _)| it != "set-cookie" && it != "content-length")
            .collect();
        assert_eq!(mailed.set_cookies().len(), 1);
        seen.push((status, headers, text));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
}

#[tokio::test]
async fn login_link_sets_cookies_for_a_cookie_client() {
    let web = "
        [[clients]]
        client_id = 'web'
        transport = 'cookie'
        origins = ['https://app.example.com']
        redirect_uris = ['https://app.example.com/landed']
    ";
    let service = service_with(web).await;
    service.signed_up_at("app", ADA).await;
    let browser = Browser::new(&service);
    let query = "response_type=code&client_id=web&state=s\
                 &redirect_uri=https%3A%2F%2Fapp.example.com%2Flanded";
    let page = browser.visit(&format!("/authorize?{query}")).await;
    let filled = [("email", ADA), ("by", "link")];
    super::assert_mailed(&submit_form(&browser, &page, &filled).await);
    let link = super::mailed_link(&service, ADA).unwrap();
    let elsewhere = Browser::new(&service);
    let answer = open_link_and_submit(&elsewhere, &link, &[]).await;
    answer.assert_page(400, "opened_elsewhere");
    assert_eq!(elsewhere.cookies(), "");
    let answer = open_link_and_submit(&browser, &link, &[]).await;
    answer.assert_status(303);
    let landed = answer.header("location");
    let is_landed = landed.starts_with("https://app.example.com/landed?state=s&");
    assert!(is_landed && !landed.contains("code="), "{landed}");
    let session = browser.get("/session").await;
    assert_eq!(session.assert_status(200).json()["client_id"], "web");
}
