//! A login in a browser that presents a session at the issuer: the session goes on or ends.

use chrono::TimeDelta;
use serde_json::Value;

use super::{
    backchannel_logout::{Client, until},
    single_sign_on::{
        ADA, BOB, CLIENTS, SSO, id_token, logs_in, redeemed, service_on, submits_password, url,
    },
};
use crate::support::{
    Engine, PASSWORD, TestService, oauth_client::Login, token, upstream::LOOPBACK,
};

/// A service whose client `notified` receives logout tokens.
async fn service(client: &Client) -> TestService {
    let notified = format!(
        "[[clients]]\nclient_id = 'notified'\nscopes = ['openid', 'read']\nid_token_algorithm = 'ES256'\n\
         redirect_uris = ['https://app.example.com/back']\nbackchannel_logout_uri = '{}'\n",
        client.url
    );
    service_on(Engine::Sqlite, &notified).await
}

/// Logs in at the clients `app` and `notified`, and returns the `sid`.
async fn visits_notified(login: &Login<'_>) -> Value {
    let first = logs_in(login, ADA).await;
    let request = url(login, "&scope=openid").replace("client_id=app", "client_id=notified");
    login.code(&login.browser.visit(&request).await);
    token::claims(id_token(&first))["sid"].clone()
}

/// Logs in again at the client `app`, on the login page.
async fn logs_in_again(login: &Login<'_>, email: &str) -> Value {
    let page = login
        .browser
        .visit(&url(login, "&scope=openid&prompt=login"))
        .await;
    let answer = submits_password(login, &page, email).await;
    redeemed(login, &answer).await
}

#[tokio::test]
async fn session_of_the_same_user_goes_on_with_its_clients() {
    let client = Client::answering(200).await;
    let service = service(&client).await;
    let login = Login::new(&service);
    let sid = visits_notified(&login).await;
    let again = logs_in_again(&login, ADA).await;
    assert_eq!(token::claims(id_token(&again))["sid"], sid);
    assert!(client.tokens().is_empty());

    let page = login.browser.visit("/end-session").await;
    let (action, fields) = page.form();
    login
        .browser
        .post_form(&action, &fields)
        .await
        .assert_status(200);
    until(|| client.tokens().len() == 1).await;
    assert_eq!(client.claims()[0]["sid"], sid);
}

#[tokio::test]
async fn session_of_another_user_ends_and_its_clients_are_notified() {
    let client = Client::answering(200).await;
    let service = service(&client).await;
    let login = Login::new(&service);
    let sid = visits_notified(&login).await;
    // A refused login leaves the session as it is.
    let answer = login.browser.visit(&url(&login, "&scope=openid")).await;
    let ada = redeemed(&login, &answer).await;
    let hint = format!("&prompt=login&id_token_hint={}", id_token(&ada));
    let page = login.browser.visit(&url(&login, &hint)).await;
    let refused = submits_password(&login, &page, BOB).await;
    assert_eq!(login.error(&refused).as_deref(), Some("login_required"));
    login.code(&login.browser.visit(&url(&login, "&prompt=none")).await);

    let bob = logs_in_again(&login, BOB).await;
    assert_ne!(token::claims(id_token(&bob))["sid"], sid);
    until(|| client.tokens().len() == 1).await;
    assert_eq!(client.claims()[0]["sid"], sid);
}

/// A response in flight sets the cookie of the replaced session again.
#[tokio::test]
async fn replaced_session_stays_ended_in_this_browser() {
    for at_issuer in [false, true] {
        let service = service_on(Engine::Sqlite, "").await;
        let login = Login::new(&service);
        logs_in(&login, ADA).await;
        let of_ada = login.browser.cookie(SSO).unwrap();
        if at_issuer {
            let fields = [("email", BOB), ("password", PASSWORD)];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let answer = login.browser.post_form("/login", &fields).await;
            answer.assert_status(200);
        } else {
            logs_in_again(&login, BOB).await;
        }
        assert_ne!(login.browser.cookie(SSO).unwrap(), of_ada);

        login.browser.set_cookie(SSO, of_ada);
        let silent = url(&login, "&prompt=none");
        let answer = login.browser.visit(&silent).await;
        assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    }
}

/// The clients of a session were notified at the logout everywhere.
#[tokio::test]
async fn session_that_has_ended_does_not_go_on() {
    let client = Client::answering(200).await;
    let service = service(&client).await;
    let login = Login::new(&service);
    let sid = visits_notified(&login).await;
    let other = logs_in(&Login::new(&service), ADA).await;
    let bearer = format!("Bearer {}", other["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let anon = service.anon();
    let ended = anon.send("POST", "/logout/everywhere", &headers, "");
    ended.await.assert_status(204);
    until(|| client.tokens().len() == 1).await;
    let again = logs_in_again(&login, ADA).await;
    assert_ne!(token::claims(id_token(&again))["sid"], sid);
    let cookie = login.browser.cookie(SSO).unwrap();
    let opened = service
        .app
        .single_sign_on
        .open(&cookie, &[], service.clock.now());
    assert_eq!(opened.await.unwrap().unwrap().clients, ["app"]);
}

#[tokio::test]
async fn shorter_lifetimes_hold_for_sessions_of_before() {
    for setting in ["idle = '1m'", "idle = '1m'\nabsolute = '1m'"] {
        let mut service = service_on(Engine::Sqlite, "").await;
        let cookie = {
            let login = Login::new(&service);
            let page = login.browser.visit(&url(&login, "")).await;
            login.code(&submits_password(&login, &page, ADA).await);
            login.browser.cookie(SSO).unwrap()
        };
        service.clock.advance(TimeDelta::minutes(2));
        let opened = |service: &TestService| {
            let (sso, now) = (service.app.single_sign_on.clone(), service.clock.now());
            let cookie = cookie.clone();
            async move { sso.open(&cookie, &[], now).await.unwrap() }
        };
        assert!(opened(&service).await.is_some());
        let settings = format!("issuer = '{LOOPBACK}'\n[sso]\n{setting}\n{CLIENTS}");
        service.reload(&settings).unwrap();
        assert!(opened(&service).await.is_none(), "{setting}");
    }
}
