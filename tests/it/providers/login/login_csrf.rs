//! Logins that another site starts need the user's confirmation, and a login causes a bounded
//! number of provider requests.

use chrono::TimeDelta;
use serde_json::json;

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService, service_with_stub,
};
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

/// The response to a user whom a page of this site has sent to log in at GitHub.
async fn sent(service: &TestService, client_id: &str, redirect_uri: &str, site: &str) -> Answer {
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
    service.anon().send("GET", &path, headers, "").await
}

fn goes_on(answer: &Answer) {
    let location = answer.assert_status(303).header("location");
    assert!(location.starts_with("https://github.com/"), "{location}");
}

/// The page shows the client, and its link is the original redirect.
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
async fn loopback_app_login_needs_confirmation() {
    let service = TestService::with(APPS).await;
    for uri in ["http://127.0.0.1:31337/back", "com.example.desk:/back"] {
        for site in ["cross-site", "same-site", "none", ""] {
            is_asked(&sent(&service, "desk", uri, site).await, "desk");
        }
        // A request from an own page was confirmed already.
        goes_on(&sent(&service, "desk", uri, "same-origin").await);
    }
    goes_on(
        &sent(
            &service,
            "spa",
            "https://spa.example.com/back",
            "cross-site",
        )
        .await,
    );
}

#[tokio::test]
async fn cross_site_request_starts_no_login_of_a_cookie_client() {
    let service = TestService::with(APPS).await;
    let back = "https://app.example.com/back";
    for site in ["cross-site", "", "nonsense"] {
        is_asked(&sent(&service, "web", back, site).await, "web");
    }
    for site in ["same-origin", "same-site", "none"] {
        goes_on(&sent(&service, "web", back, site).await);
    }
}

/// One login in progress allows callbacks with any number of codes.
#[tokio::test]
async fn invalid_codes_cause_a_bounded_number_of_provider_requests() {
    let stub = OpenIdStub::start();
    let settings = format!("limits.confirm_network = '5/5m'\n{OAUTH_CLIENT}");
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = TestService::with_providers(Engine::Sqlite, &[trusted], &settings).await;
    let login = Login::new(&service);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
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
        let answer = login.browser.open_callback(&guess).await;
        assert_eq!(login.error(&answer).as_deref(), Some("access_denied"));
    }
    let asked = stub.token_requests();
    for _ in 0..5 {
        let answer = login.browser.open_callback(&guess).await;
        answer.assert_status(429);
        assert!(answer.text().contains("rate_limited"), "{}", answer.text());
    }
    assert_eq!(stub.token_requests(), asked);

    // Successful logins are free in any number.
    service.clock.advance(TimeDelta::minutes(5));
    for _ in 0..12 {
        service.log_in_by("stub", &stub).await;
    }
}

/// The request of a scanner or a preview.
#[tokio::test]
async fn head_request_of_a_callback_has_no_effect() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let login = Login::new(&service);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let path = callback
        .url
        .strip_prefix(crate::support::upstream::LOOPBACK)
        .unwrap();
    let cookies = login.browser.cookies();
    let looked = service
        .anon()
        .send("HEAD", path, &[("cookie", &cookies)], "")
        .await;
    looked.assert_status(400);
    assert_eq!(looked.set_cookies(), [""; 0]);
    assert_eq!(stub.token_requests(), 0);
    let answer = login.browser.open_callback(&callback).await;
    login.finish(&answer).await;
}

/// A used link does not recreate a user who was deleted since.
#[tokio::test]
async fn used_link_does_not_recreate_a_deleted_user() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    stub.person(Person::without_email("nobody-knows"));
    let login = Login::new(&service);
    let page = login.log_in_at("stub", &stub).await;
    let sent = super::mailed::enter_email(&login.browser, &page, "ada@example.com").await;
    sent.assert_status(202);
    let answer = super::mailed::open_mailed_link(&service, &login.browser, "ada@example.com").await;
    let ada = login.finish(&answer).await;
    ada.send_json("DELETE", "/me", json!({}))
        .await
        .assert_status(204);
    let answer = super::mailed::open_mailed_link(&service, &login.browser, "ada@example.com").await;
    answer.assert_status(400);
    assert!(answer.text().contains("invalid_login"), "{}", answer.text());
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
}
