//! The login page of `/authorize`.

use rstest::rstest;
use serde_json::json;

use super::{
    ADA, asks_for_link, assert_flaw, by_password, fills_in, house, house_on, house_with, login_page,
};
use crate::support::{
    Browser, Engine, House, PASSWORD,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::OpenIdStub,
    upstream::LOOPBACK,
};

#[rstest]
#[tokio::test]
async fn who_enters_the_password_comes_back_with_a_code_that_buys_tokens(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = house_on(engine, "").await else {
        return;
    };
    let id = house.signed_up(ADA).await.id();
    let login = Login::new(&house);
    let page = login_page(&login).await;
    let answer = by_password(&login.browser, &page, "ADA@example.com", PASSWORD).await;
    assert_eq!(answer.set_cookies(), [""; 0]);
    let ada = login.enters(&answer).await;
    assert_eq!(ada.id(), id);
    let claims = ada.claims();
    assert_eq!(claims["client_id"], "app");
    assert_eq!(claims["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn a_wrong_password_and_a_stranger_see_the_same_page_which_keeps_the_address_alone() {
    let house = house().await;
    house.signed_up(ADA).await;
    let bob = house.signed_up("bob@example.com").await;
    bob.set_active(false).await;
    let login = Login::new(&house);
    let page = login_page(&login).await;
    let mut seen = Vec::new();
    for (email, password) in [
        (ADA, "not the password of anybody"),
        (ADA, "x"),
        (ADA, &"x".repeat(5000)),
        ("bob@example.com", PASSWORD),
        ("nobody@example.com", PASSWORD),
    ] {
        let answer = by_password(&login.browser, &page, email, password).await;
        assert_flaw(&answer, 401, "password");
        login.assert_stays_out(&answer);
        assert_eq!(answer.field("email"), email);
        assert_eq!(answer.field("password"), "");
        assert!(password == "x" || !answer.text().contains(password));
        let (status, headers, text) = answer.comparable();
        let headers: Vec<_> = headers
            .into_iter()
            .filter(|(name, _)| name != "content-length")
            .collect();
        seen.push((status, headers, text.replace(email, "…")));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    // And the form goes on as it began.
    let refused = by_password(&login.browser, &page, ADA, "not it").await;
    let answer = by_password(&login.browser, &refused, ADA, PASSWORD).await;
    login.code(&answer);
}

#[tokio::test]
async fn what_is_missing_or_no_address_is_said_at_its_field() {
    let house = house().await;
    let login = Login::new(&house);
    let page = login_page(&login).await;
    for email in [
        "",
        "ada",
        "ada@",
        "\"><script>alert(1)</script>@example.com",
    ] {
        for by in ["password", "link"] {
            let filled = [("email", email), ("password", PASSWORD), ("by", by)];
            let answer = fills_in(&login.browser, &page, &filled).await;
            assert_flaw(&answer, 422, "email");
            assert_eq!(answer.field("email"), email);
            assert_eq!(answer.field("password"), "");
            assert!(!answer.text().contains("<script>alert"));
        }
    }
    let answer = by_password(&login.browser, &page, ADA, "").await;
    assert_flaw(&answer, 422, "password");
    assert_eq!(answer.field("email"), ADA);
    assert_eq!(house.outbox.lock().unwrap().len(), 0);
}

/// No button at all is what the key Enter presses: the first of them.
#[tokio::test]
async fn without_a_word_on_how_it_is_the_password() {
    let house = house().await;
    house.signed_up(ADA).await;
    let login = Login::new(&house);
    let page = login_page(&login).await;
    let filled = [("email", ADA), ("password", PASSWORD)];
    login.code(&fills_in(&login.browser, &page, &filled).await);
}

#[tokio::test]
async fn who_tries_too_often_is_told_when_to_come_back() {
    let house = house_with("limits.login_pair = '2/15m'\nlimits.mail_network = '2/1h'").await;
    house.signed_up(ADA).await;
    let login = Login::new(&house);
    let page = login_page(&login).await;
    for _ in 0..2 {
        let answer = by_password(&login.browser, &page, "eve@example.com", PASSWORD).await;
        assert_flaw(&answer, 401, "password");
    }
    let limited = by_password(&login.browser, &page, "eve@example.com", PASSWORD).await;
    limited.assert_page(429, "rate_limited");
    login.assert_stays_out(&limited);
    login.code(&by_password(&login.browser, &page, ADA, PASSWORD).await);
    // The sign-up was one of two mails.
    asks_for_link(&login, &house, ADA).await.unwrap();
    let filled = [("email", "bob@example.com"), ("by", "link")];
    let limited = fills_in(&login.browser, &page, &filled).await;
    limited.assert_page(429, "rate_limited");
    assert_eq!(house.outbox.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_client_with_cookies_gets_them_here() {
    let web = "
        [[clients]]
        client_id = 'web'
        transport = 'cookie'
        origins = ['https://app.example.com']
        redirect_uris = ['https://app.example.com/landed']
    ";
    let house = house_with(web).await;
    let confirmed = json!({"email": ADA, "client_id": "app"});
    house.anon().post("/signup", confirmed).await;
    let token = house.mailed_token(ADA).unwrap();
    let chosen = json!({"token": token, "password": PASSWORD});
    let signed_up = house.anon().post("/signup/confirm", chosen).await;
    signed_up.assert_status(201);
    let browser = Browser::new(&house);
    let query = "response_type=code&client_id=web&state=s%26t\
                 &redirect_uri=https%3A%2F%2Fapp.example.com%2Flanded";
    let page = browser.visits(&format!("/authorize?{query}")).await;
    let answer = by_password(&browser, &page, ADA, PASSWORD).await;
    answer.assert_status(303);
    let landed = answer.header("location");
    let expected = "https://app.example.com/landed?state=s%26t&";
    assert!(landed.starts_with(expected), "{landed}");
    assert!(!landed.contains("code="), "{landed}");
    let session = browser.get("/session").await;
    session.assert_status(200);
    assert_eq!(session.json()["client_id"], "web");
}

/// What is to be linked is an account of somebody else's: a password logs in, and that is not asked for.
#[tokio::test]
async fn who_links_is_offered_providers_alone() {
    let stub = OpenIdStub::start();
    let house = House::beside(Engine::Sqlite, &[("stub", &stub, "")], OAUTH_CLIENT).await;
    let house = house.unwrap();
    house.signed_up(ADA).await;
    let login = Login::new(&house);
    let to_log_in = login_page(&login).await;
    assert!(to_log_in.links().iter().any(|(_, it)| it.contains("=stub")));
    let url = format!("{}&intent=link", login.url(""));
    let page = login.browser.visits(&url).await;
    page.assert_status(200);
    assert!(!page.text().contains("<form"), "{}", page.text());
    let links = page.links();
    let ways: Vec<_> = links
        .iter()
        .filter(|(_, it)| it.starts_with(LOOPBACK))
        .collect();
    assert_eq!(ways.len(), 1, "{links:?}");
    assert!(ways[0].1.contains("provider=stub"), "{links:?}");
    // Nor is a form taken that nobody was shown.
    for by in ["password", "link"] {
        let form = [("email", ADA), ("password", PASSWORD), ("by", by)];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = login.browser.posts(&url, &form).await;
        login.assert_stays_out(&answer);
        assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
    }
    assert_eq!(house.outbox.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_mail_no_link_is_offered_and_the_password_still_is() {
    let mut house = house().await;
    house.signed_up(ADA).await;
    house.without_mail();
    let login = Login::new(&house);
    let page = login_page(&login).await;
    let text = page.text();
    assert!(!text.contains("value=\"link\""), "{text}");
    let links = page.links();
    assert!(
        !links.iter().any(|(_, it)| it.starts_with(LOOPBACK)),
        "{links:?}"
    );
    let filled = [("email", ADA), ("by", "link")];
    let refused = fills_in(&login.browser, &page, &filled).await;
    refused.assert_page(503, "unavailable");
    login.code(&by_password(&login.browser, &page, ADA, PASSWORD).await);
}
