//! Login by a link that a page of ours has mailed: good in the browser that asked.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;

use super::{
    ADA, asks_for_link, fills_in, follows, house, house_on, house_with, link_of, opens, query,
};
use crate::support::{
    Browser, Engine, House, PASSWORD,
    oauth_client::{CHALLENGE, Login, OAUTH_CLIENT, VERIFIER},
    upstream::LOOPBACK,
};

/// An app with pages of its own, which no link of ours leads to: they would not have the secret.
const APP_URL: &str = "app_url = 'https://app.example.com'";

#[rstest]
#[tokio::test]
async fn in_the_same_browser_it_leads_back_to_the_app_with_a_code(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("", APP_URL)] of_client: &str,
) {
    let settings = format!("{OAUTH_CLIENT}\n{of_client}");
    let Some(house) = House::beside(engine, &[], &settings).await else {
        return;
    };
    let id = house.signed_up(ADA).await.id();
    let login = Login::new(&house);
    // However it is spelt.
    asks_for_link(&login, &house, "Ada@Example.com").await;
    let link = super::mailed_link(&house, ADA).unwrap();
    let page = format!("{LOOPBACK}/login/link/confirm?ui_locales=en&");
    assert!(link.starts_with(&page), "{link}");
    let answer = follows(&login.browser, &link, &[]).await;
    let ada = login.enters(&answer).await;
    assert_eq!(ada.id(), id);
    // It is good once, and says where to ask for another: with the same request.
    let again = follows(&login.browser, &link, &[]).await;
    again.assert_page(400, "invalid_link");
    login.assert_stays_out(&again);
    let other = link_of(&again, "Get a new link");
    assert_eq!(query(&other), with_english(&login.url("")));
    assert!(
        other.starts_with(&format!("{LOOPBACK}/authorize?")),
        "{other}"
    );
}

/// The parameters that mean something, and the language of a mail.
fn with_english(url: &str) -> Vec<(String, String)> {
    let mut pairs = query(url);
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.push(("ui_locales".to_owned(), "en".to_owned()));
    pairs.sort();
    pairs
}

#[tokio::test]
async fn in_another_browser_it_says_so_and_stays_good() {
    let house = house().await;
    house.signed_up(ADA).await;
    let login = Login::new(&house);
    let link = asks_for_link(&login, &house, ADA).await.unwrap();
    // One that has never been here, and one that has asked for a link of its own.
    let without = Login::new(&house);
    let with = Login::new(&house);
    asks_for_link(&with, &house, "eve@example.com").await;
    assert!(with.browser.cookie("signet-8080-login").is_some());
    for other in [&without, &with] {
        let answer = follows(&other.browser, &link, &[]).await;
        answer.assert_page(400, "opened_elsewhere");
        assert!(
            answer
                .text()
                .contains("Open this link where you requested it")
        );
        other.assert_stays_out(&answer);
        let again = link_of(&answer, "Get a new link");
        assert_eq!(query(&again), with_english(&login.url("")));
    }
    login.code(&follows(&login.browser, &link, &[]).await);
}

/// In as many tabs as you like: all links of one browser are bound to the same secret.
#[tokio::test]
async fn a_browser_may_ask_twice_and_opens_either() {
    let house = house().await;
    house.signed_up(ADA).await;
    let login = Login::new(&house);
    let first = asks_for_link(&login, &house, ADA).await.unwrap();
    let second = asks_for_link(&login, &house, ADA).await.unwrap();
    assert_ne!(first, second);
    login.code(&follows(&login.browser, &first, &[]).await);
    let late = follows(&login.browser, &second, &[]).await;
    late.assert_page(400, "invalid_link");
}

#[rstest]
#[tokio::test]
async fn a_link_that_an_app_has_asked_for_is_the_apps(#[values("", VERIFIER)] secret: &str) {
    let house = house().await;
    house.signed_up(ADA).await;
    let body = json!({"email": ADA, "code_challenge": CHALLENGE});
    let asked = house.anon().post("/login/link", body).await;
    asked.assert_status(202);
    let link = super::mailed_link(&house, ADA).unwrap();
    let browser = Browser::new(&house);
    if !secret.is_empty() {
        let mut jar = browser.jar.lock().unwrap();
        jar.insert("signet-8080-login".to_owned(), secret.to_owned());
    }
    let answer = follows(&browser, &link, &[]).await;
    answer.assert_page(400, "opened_elsewhere");
    assert_eq!(answer.set_cookies(), [""; 0]);
    // Nothing here can ask for it anew, and nothing says so.
    assert_eq!(answer.links(), []);
    assert!(!answer.text().contains("ask for a new one here"));
    let token = house.mailed_token(ADA).unwrap();
    let body = json!({"token": token, "code_verifier": VERIFIER});
    let logged_in = house.anon().post("/login/link/confirm", body).await;
    logged_in.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn ten_presses_at_once_are_one_login(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = house_on(engine, "").await else {
        return;
    };
    house.signed_up(ADA).await;
    let login = Login::new(&house);
    let link = asks_for_link(&login, &house, ADA).await.unwrap();
    let (page, token) = opens(&login.browser, &link).await;
    let filled = [("token", &*token)];
    let presses = (0..10).map(|_| fills_in(&login.browser, &page, &filled));
    let answers = join_all(presses).await;
    let (entered, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 303);
    assert_eq!((entered.len(), refused.len()), (1, 9));
    login.enters(entered[0]).await;
    for answer in refused {
        answer.assert_page(400, "invalid_link");
    }
}

#[tokio::test]
async fn after_ten_minutes_it_is_over() {
    let house = house().await;
    house.signed_up(ADA).await;
    let login = Login::new(&house);
    let link = asks_for_link(&login, &house, ADA).await.unwrap();
    house.clock.advance(TimeDelta::minutes(11));
    let late = follows(&login.browser, &link, &[]).await;
    late.assert_page(400, "invalid_link");
    login.assert_stays_out(&late);
}

/// Whoever has no account, or one that is disabled, or has not proved the address, gets no link; and
/// the page is the same.
#[tokio::test]
async fn the_page_says_the_same_whoever_has_the_address() {
    let house = house_with("").await;
    house.signed_up(ADA).await;
    house
        .signed_up("bob@example.com")
        .await
        .set_active(false)
        .await;
    house.unproven("carol@example.com").await;
    let mut seen = Vec::new();
    for email in [
        ADA,
        "bob@example.com",
        "carol@example.com",
        "nobody@example.com",
    ] {
        let login = Login::new(&house);
        let page = super::login_page(&login).await;
        let filled = [("email", email), ("password", PASSWORD), ("by", "link")];
        let mailed = fills_in(&login.browser, &page, &filled).await;
        super::assert_mailed(&mailed);
        let link = super::mailed_link(&house, email);
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
        // The page repeats the email that was entered, and says nothing else about it.
        assert!(text.contains(&format!("<bdi>{email}</bdi>")), "{text}");
        let text = text.replace(email, "…");
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
async fn a_client_with_cookies_gets_them_by_the_link_too() {
    let web = "
        [[clients]]
        client_id = 'web'
        transport = 'cookie'
        origins = ['https://app.example.com']
        redirect_uris = ['https://app.example.com/landed']
    ";
    let house = house_with(web).await;
    let asked = json!({"email": ADA, "client_id": "app"});
    house.anon().post("/signup", asked).await.assert_status(202);
    let chosen = json!({"token": house.mailed_token(ADA).unwrap(), "password": PASSWORD});
    let signed_up = house.anon().post("/signup/confirm", chosen).await;
    signed_up.assert_status(201);
    let browser = Browser::new(&house);
    let query = "response_type=code&client_id=web&state=s\
                 &redirect_uri=https%3A%2F%2Fapp.example.com%2Flanded";
    let page = browser.visits(&format!("/authorize?{query}")).await;
    let filled = [("email", ADA), ("by", "link")];
    super::assert_mailed(&fills_in(&browser, &page, &filled).await);
    let link = super::mailed_link(&house, ADA).unwrap();
    let elsewhere = Browser::new(&house);
    let answer = follows(&elsewhere, &link, &[]).await;
    answer.assert_page(400, "opened_elsewhere");
    assert_eq!(elsewhere.cookies(), "");
    let answer = follows(&browser, &link, &[]).await;
    answer.assert_status(303);
    let landed = answer.header("location");
    let is_landed = landed.starts_with("https://app.example.com/landed?state=s&");
    assert!(is_landed && !landed.contains("code="), "{landed}");
    let session = browser.get("/session").await;
    assert_eq!(session.assert_status(200).json()["client_id"], "web");
}
