//! Limits of logins at the authorization endpoint: confirmation of native apps, hints, and absolute lifetimes.

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::single_sign_on::{ADA, BOB, id_token, logs_in, service_on, submits_password, url};
use crate::support::{
    Engine, PASSWORD, TestService,
    answer::Answer,
    log::Log,
    oauth_client::{CHALLENGE, Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    token,
    upstream::LOOPBACK,
};

async fn service() -> TestService {
    service_on(Engine::Sqlite, "").await
}

fn link(page: &Answer, text: &str) -> String {
    let links = page.links();
    let found = links.iter().find(|(name, _)| name == text);
    found.unwrap_or_else(|| panic!("{links:?}")).1.clone()
}

/// The app may have opened the page of this service that leads to the authorization endpoint (RFC 8252 §8.6).
#[rstest]
#[case::private_use_scheme("com.example.app:/back")]
#[case::loopback("http://127.0.0.1:49152/back")]
#[tokio::test]
async fn native_app_needs_a_confirmation_by_a_form_of_this_service(#[case] redirect_uri: &str) {
    let settings = "[[clients]]
        client_id = 'app'
        redirect_uris = ['com.example.app:/back', 'http://127.0.0.1/back']";
    let service = TestService::with(settings).await;
    service.signed_up(ADA).await;
    let browser = service.anon();
    let pairs =
        |pairs: &[(&str, &str)]| Serializer::new(String::new()).extend_pairs(pairs).finish();
    let query = pairs(&[
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", redirect_uri),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let path = format!("/authorize?{query}");
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let origin = ("origin", "https://auth.example.com");
    let own = ("sec-fetch-site", "same-origin");
    let send = async |method, path: &str, headers: &[_], body: String| {
        browser.send(method, path, headers, Body::from(body)).await
    };
    let fields = pairs(&[("email", ADA), ("password", PASSWORD), ("by", "password")]);
    let logged_in = send("POST", &path, &[origin, own, form_type], fields).await;
    let cookies = logged_in.assert_status(303).set_cookies();
    let cookie = cookies.iter().find(|it| it.contains("signet-sso="));
    let cookie = ("cookie", cookie.unwrap().split(';').next().unwrap());

    let at_sign_up = format!("/signup?{query}");
    let sign_up = send("GET", &at_sign_up, &[cookie], String::new()).await;
    link(&sign_up, "Already have an account? Log in");
    let page = send("GET", &path, &[cookie, own], String::new()).await;
    let text = page.assert_status(200).text();
    assert!(
        text.contains("Continue only if you started this yourself."),
        "{text}"
    );
    assert!(link(&page, "Cancel").starts_with(redirect_uri));
    let confirmed = pairs(&[("by", "session"), ("sid", &page.field("sid"))]);

    // A link cannot confirm, nor can a form of another site.
    let link = format!("{path}&{confirmed}");
    let answer = send("GET", &link, &[cookie, own], String::new()).await;
    assert_eq!(answer.assert_status(200).header("location"), "");
    let silent = format!("{path}&prompt=none");
    let answer = send("GET", &silent, &[cookie, own], String::new()).await;
    let location = answer.assert_status(303).header("location").to_owned();
    assert!(
        location.contains("error=interaction_required"),
        "{location}"
    );
    let foreign = [
        cookie,
        form_type,
        ("origin", "https://evil.example.com"),
        ("sec-fetch-site", "cross-site"),
    ];
    let answer = send("POST", &path, &foreign, confirmed.clone()).await;
    answer.assert_page(403, "foreign_origin");

    let answer = send("POST", &path, &[cookie, origin, own, form_type], confirmed).await;
    let location = answer.assert_status(303).header("location").to_owned();
    assert!(
        location.starts_with(&format!("{redirect_uri}?code=")),
        "{location}"
    );
}

/// A site without an ID token learns nothing about the user who is logged in.
#[tokio::test]
async fn user_of_a_hint_is_not_a_plain_parameter() {
    let service = service().await;
    let bob = logs_in(&Login::new(&service), BOB).await;
    let login = Login::new(&service);
    let ada = logs_in(&login, ADA).await;
    let sub = |session: &Value| {
        token::claims(id_token(session))["sub"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for session in [&ada, &bob] {
        let more = format!("&prompt=none&hinted={}", sub(session));
        let answer = login.browser.visit(&url(&login, &more)).await;
        assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
    }
    // The links between the pages carry it sealed, for one client and for an hour.
    let hinted = format!("&prompt=login&id_token_hint={}", id_token(&ada));
    let page = login.browser.visit(&url(&login, &hinted)).await;
    let forgot = url::Url::parse(&link(&page, "Forgot password?")).unwrap();
    assert!(!forgot.as_str().contains(&sub(&ada)), "{forgot}");
    let sealed = forgot
        .query_pairs()
        .find(|(name, _)| name == "hinted")
        .unwrap()
        .1
        .into_owned();
    let silent = url(&login, &format!("&prompt=none&hinted={sealed}"));
    login.code(&login.browser.visit(&silent).await);
    let other = silent.replace("client_id=app", "client_id=other");
    let answer = login.browser.visit(&other).await;
    assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
    service.clock.advance(TimeDelta::minutes(61));
    let answer = login.browser.visit(&silent).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
}

#[tokio::test]
async fn hint_of_another_client_is_invalid() {
    let service = service().await;
    let login = Login::new(&service);
    let ada = logs_in(&login, ADA).await;
    let hinted = url(
        &login,
        &format!("&prompt=none&id_token_hint={}", id_token(&ada)),
    );
    let other = hinted.replace("client_id=app", "client_id=other");
    for hours in [0, 2] {
        service.clock.advance(TimeDelta::hours(hours));
        login.code(&login.browser.visit(&hinted).await);
        let answer = login.browser.visit(&other).await;
        assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
    }
}

#[tokio::test]
async fn hint_of_an_unpublished_key_leads_to_a_login() {
    let service = service().await;
    let login = Login::new(&service);
    let ada = logs_in(&login, ADA).await;
    let (header, rest) = id_token(&ada).split_once('.').unwrap();
    let mut header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"] = json!("a-key-that-was-removed");
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let hint = format!("&id_token_hint={header}.{rest}");
    let answer = login
        .browser
        .visit(&url(&login, &format!("{hint}&prompt=none")))
        .await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    let page = login.browser.visit(&url(&login, &hint)).await;
    login.code(&submits_password(&login, &page, ADA).await);
    let forged = format!("&id_token_hint={}x", id_token(&ada));
    let answer = login.browser.visit(&url(&login, &forged)).await;
    assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn login_by_the_session_does_not_outlive_the_first_login() {
    let settings = "tokens.refresh_idle = '2h'\ntokens.refresh_absolute = '2h'";
    let service = service_on(Engine::Sqlite, settings).await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    service.clock.advance(TimeDelta::minutes(90));
    let answer = login.browser.visit(&url(&login, "&scope=openid")).await;
    let session = login.redeem(&login.code(&answer)).await.json();
    let late = login.browser.visit(&url(&login, "")).await;
    service
        .clock
        .advance(TimeDelta::minutes(30) - TimeDelta::seconds(10));
    let code = login.code(&login.browser.visit(&url(&login, "")).await);
    service.clock.advance(TimeDelta::seconds(10));
    login.code(&late);
    login
        .redeem(&code)
        .await
        .assert_oauth_error(400, "invalid_grant");
    let refresh = json!({"refresh_token": session["refresh_token"]});
    service
        .anon()
        .post("/refresh", refresh)
        .await
        .assert_problem(401, "invalid_grant");
    // The client gets a new login, and not an expired one.
    let page = login.browser.visit(&url(&login, "")).await;
    login
        .redeem(&login.code(&submits_password(&login, &page, ADA).await))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn refused_login_at_a_provider_writes_nothing() {
    let stub = OpenIdStub::start();
    let upstreams = [("stub", &stub as _, "trusts_addresses = true")];
    let clients = OAUTH_CLIENT.replace(
        "client_id = 'app'",
        "client_id = 'app'\nscopes = ['openid']",
    );
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, &clients).await;
    for email in [ADA, BOB] {
        service.signed_up(email).await;
    }
    let ada = logs_in(&Login::new(&service), ADA).await;
    service.outbox.lock().unwrap().clear();
    let carol = "carol@example.com";
    for email in [BOB, carol] {
        stub.person(Person::new(email, email).with_email_verified(json!(true)));
        let login = Login::new(&service);
        let url = format!("{}&id_token_hint={}", login.url("stub"), id_token(&ada));
        let answer = login.browser.log_in_through(&stub, &url).await;
        assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    }
    let user = service
        .app
        .store
        .user_by_email(&carol.parse().unwrap())
        .await;
    assert!(user.unwrap().is_none());
    // Bob would be notified of a new account.
    assert_eq!(service.outbox.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn unavailable_database_is_reported_to_a_silent_request() {
    let service = service().await;
    let login = Login::new(&service);
    logs_in(&login, ADA).await;
    service.app.store.close().await;
    let log = Log::default();
    let _guard = log.keep();
    let answer = login.browser.visit(&url(&login, "&prompt=none")).await;
    assert_eq!(
        log.lines_with("a request failed").len(),
        1,
        "{}",
        log.text()
    );
    assert_eq!(
        login.error(&answer).as_deref(),
        Some("temporarily_unavailable")
    );
    let page = login.browser.visit(&url(&login, "&login_hint=x")).await;
    page.assert_page(503, "unavailable");
    let sorted = |url: &str| {
        let url = url::Url::parse(url).unwrap();
        let pairs: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        (url.path().to_owned(), pairs)
    };
    let (path, mut asked) = sorted(&url(&login, "&login_hint=x"));
    asked.retain(|_, value| !value.is_empty());
    assert_eq!(sorted(&link(&page, "Try again")), (path, asked));
}

#[tokio::test]
async fn login_page_names_the_known_user() {
    let service = service().await;
    let bob = logs_in(&Login::new(&service), BOB).await;
    let login = Login::new(&service);
    let entered = async |more: &str| login.browser.visit(&url(&login, more)).await.field("email");
    assert_eq!(entered("").await, "");
    let ada = logs_in(&login, ADA).await;
    service.clock.advance(TimeDelta::seconds(1));
    let hint = |session: &Value| format!("&id_token_hint={}", id_token(session));
    for (more, email) in [
        ("&prompt=login".to_owned(), ADA),
        ("&max_age=0".to_owned(), ADA),
        (format!("&prompt=login{}", hint(&ada)), ADA),
        // The session is of another user than the hint, which alone reveals no email.
        (format!("&prompt=login{}", hint(&bob)), ""),
        (
            "&prompt=login&login_hint=c@example.com".to_owned(),
            "c@example.com",
        ),
    ] {
        assert_eq!(entered(&more).await, email, "{more}");
    }
    // A leaked ID token in a browser without a session.
    let thief = Login::new(&service);
    let page = thief.browser.visit(&url(&thief, &hint(&ada))).await;
    page.assert_status(200);
    assert_eq!(page.field("email"), "");
    assert!(!page.text().contains(ADA), "{}", page.text());
    let page = login
        .browser
        .visit(&url(&login, "&prompt=select_account"))
        .await;
    let other = link(&page, "Use another account");
    assert_eq!(login.browser.visit(&other).await.field("email"), "");
    // The user of the hint can log in on that page.
    let more = format!("&prompt=login{}", hint(&bob));
    let page = login.browser.visit(&url(&login, &more)).await;
    login.code(&submits_password(&login, &page, BOB).await);
}

#[tokio::test]
async fn link_of_the_issuer_is_accepted_although_a_client_was_named() {
    let service = TestService::with_providers(Engine::Sqlite, &[], OAUTH_CLIENT).await;
    service.signed_up(ADA).await;
    let login = Login::new(&service);
    let page = login.browser.visit("/login?client_id=app").await;
    let (action, _) = page.assert_status(200).form();
    assert_eq!(action, format!("{LOOPBACK}/login"));
    for (text, url) in page.links() {
        assert!(!url.contains("client_id"), "{text}: {url}");
    }
    let form = [("email", ADA), ("by", "link")].map(|(name, it)| (name.to_owned(), it.to_owned()));
    login
        .browser
        .post_form(&action, &form)
        .await
        .assert_status(202);
    let mail = service.outbox.lock().unwrap().last().unwrap().text.clone();
    let mailed = mail
        .lines()
        .find(|line| line.contains("#token="))
        .unwrap()
        .trim();
    let (there, token) = mailed.split_once("#token=").unwrap();
    let (action, _) = login.browser.visit(there).await.form();
    let form = [("token".to_owned(), token.to_owned())];
    let answer = login.browser.post_form(&action, &form).await;
    assert!(
        answer
            .assert_status(200)
            .text()
            .contains("You’re logged in")
    );
}
