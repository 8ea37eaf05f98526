//! Nobody is logged in because somebody else has brought them here: where that may be, they are asked
//! first. And nobody makes us ask a provider without end.

use chrono::TimeDelta;
use serde_json::json;

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, Person, house_beside};
use crate::support::{answer::Answer, openid::s256};

const APPS: &str = "
    [[providers]]
    id = 'github'
    kind = 'github'
    client_id = 'us'
    client_secret = 'a secret between the two of us'

    [[clients]]
    client_id = 'spa'
    redirect_uris = ['https://spa.example.com/back']

    [[clients]]
    client_id = 'desk'
    redirect_uris = ['http://127.0.0.1/back', 'com.example.desk:/back']

    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
    redirect_uris = ['https://app.example.com/back']
";

/// What somebody gets whom a page of that site has sent to log in at GitHub.
async fn sent(house: &House, client_id: &str, redirect_uri: &str, site: &str) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("code_challenge", &s256("x"))
        .append_pair("code_challenge_method", "S256")
        .append_pair("state", "s")
        .finish();
    let headers = [("sec-fetch-site", site)];
    let headers = if site.is_empty() { &[][..] } else { &headers };
    let path = format!("/login/github?{query}");
    house.anon().send("GET", &path, headers, "").await
}

fn goes_on(answer: &Answer) {
    let location = answer.assert_status(303).header("location");
    assert!(location.starts_with("https://github.com/"), "{location}");
}

/// They are shown who asks, and the link is the one that they would have been sent to.
fn is_asked(answer: &Answer, client_id: &str) {
    let page = answer.assert_status(200).text();
    assert_eq!(answer.header("location"), "");
    assert!(
        page.contains(client_id) && page.contains("GitHub"),
        "{page}"
    );
    assert!(
        page.contains("href=\"https://github.com/login/oauth/authorize?"),
        "{page}"
    );
    assert!(page.contains("error=access_denied"), "{page}");
    assert!(answer.set_cookies()[0].starts_with("__Host-signet-login="));
}

#[tokio::test]
async fn an_app_on_somebodys_machine_may_be_another_so_the_person_is_asked() {
    let house = House::with(APPS).await;
    for uri in ["http://127.0.0.1:31337/back", "com.example.desk:/back"] {
        for site in ["cross-site", "same-site", "none", ""] {
            is_asked(&sent(&house, "desk", uri, site).await, "desk");
        }
        // Who comes from our own page has been asked.
        goes_on(&sent(&house, "desk", uri, "same-origin").await);
    }
    goes_on(&sent(&house, "spa", "https://spa.example.com/back", "cross-site").await);
}

#[tokio::test]
async fn a_site_of_somebody_else_begins_no_login_of_a_client_with_cookies() {
    let house = House::with(APPS).await;
    let back = "https://app.example.com/back";
    for site in ["cross-site", "", "nonsense"] {
        is_asked(&sent(&house, "web", back, site).await, "web");
    }
    for site in ["same-origin", "same-site", "none"] {
        goes_on(&sent(&house, "web", back, site).await);
    }
}

/// Whoever has one login under way can come back with as many codes as they like.
#[tokio::test]
async fn codes_that_are_none_are_asked_about_a_bounded_number_of_times() {
    let stub = OpenIdStub::start();
    let settings = format!("limits.confirm_network = '5/5m'\n{OAUTH_CLIENT}");
    let trusted: Beside<'_> = ("stub", &stub, "trusts_addresses = true");
    let house = House::beside(Engine::Sqlite, &[trusted], &settings).await;
    let house = house.unwrap();
    let login = Login::new(&house);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let mut guess = callback.clone();
    guess.url = {
        let mut url = url::Url::parse(&callback.url).unwrap();
        let state = callback
            .answer()
            .into_iter()
            .filter(|(name, _)| name != "code");
        url.query_pairs_mut()
            .clear()
            .extend_pairs(state)
            .append_pair("code", "none");
        url.into()
    };
    for _ in 0..5 {
        let answer = login.browser.comes_back(&guess).await;
        assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    }
    let asked = stub.times_asked_for_tokens();
    for _ in 0..5 {
        let answer = login.browser.comes_back(&guess).await;
        answer.assert_status(429);
        assert!(answer.text().contains("rate_limited"), "{}", answer.text());
    }
    assert_eq!(stub.times_asked_for_tokens(), asked);

    // Logins that are good cost nothing, however many there are.
    house.clock.advance(TimeDelta::minutes(5));
    for _ in 0..12 {
        house.enters_by("stub", &stub).await;
    }
}

/// A scanner, or a preview, that only looks.
#[tokio::test]
async fn looking_at_a_callback_has_no_effect() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let login = Login::new(&house);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let path = callback
        .url
        .strip_prefix(crate::support::upstream::LOOPBACK)
        .unwrap();
    let cookies = login.browser.cookies();
    let looked = house
        .anon()
        .send("HEAD", path, &[("cookie", &cookies)], "")
        .await;
    looked.assert_status(400);
    assert_eq!(looked.set_cookies(), [""; 0]);
    assert_eq!(stub.times_asked_for_tokens(), 0);
    let answer = login.browser.comes_back(&callback).await;
    login.enters(&answer).await;
}

/// A link that was used makes nobody again who was deleted since.
#[tokio::test]
async fn who_was_deleted_is_not_brought_back_by_the_link_that_made_them() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    stub.person(Person::without_address("nobody-knows"));
    let login = Login::new(&house);
    let page = login.at("stub", &stub).await;
    let sent = super::mailed::names(&login.browser, &page, "ada@example.com").await;
    sent.assert_status(202);
    let answer = super::mailed::opens_the_link(&house, &login.browser, "ada@example.com").await;
    let ada = login.enters(&answer).await;
    ada.ask("DELETE", "/me", json!({})).await.assert_status(204);
    let answer = super::mailed::opens_the_link(&house, &login.browser, "ada@example.com").await;
    answer.assert_status(400);
    assert!(answer.text().contains("invalid_login"), "{}", answer.text());
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
}
