//! Logout in a browser, everywhere, and by the modules of the conformance plan for RP-initiated logout.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::{Value, json};
use signet::token::SsoSession;

use crate::support::{
    Browser, Engine, PASSWORD, TestService, answer::Answer, both_engines, oauth_client::Login,
    token, upstream::LOOPBACK,
};

const ADA: &str = "ada@example.com";
const SSO: &str = "signet-8080-sso";
const ENDED: &str = "signet-8080-out";
const OUT: &str = "https://app.example.com/out";

const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    scopes = ['openid', 'read']
    redirect_uris = ['https://app.example.com/back']
    post_logout_redirect_uris = ['https://app.example.com/out']
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
    redirect_uris = ['https://app.example.com/welcome']
";

async fn service_on(engine: Engine) -> TestService {
    let service = TestService::with_providers(engine, &[], CLIENTS).await;
    service.signed_up_at("app", ADA).await;
    service
}

/// A browser in which Ada has logged in at the issuer for the client `app`, and the ID token.
async fn logged_in(service: &TestService) -> (Login<'_>, String) {
    let login = Login::new(service);
    let url = format!("{}&scope=openid", login.url(""));
    let page = login.browser.visit(&url).await;
    let (action, _) = page.assert_status(200).form();
    let answer = posts(
        &login,
        &action,
        &[("email", ADA), ("password", PASSWORD)],
        &[("by", "password")],
    );
    let session = login.redeem(&login.code(&answer.await)).await;
    let session = session.assert_status(200).json();
    (login, session["id_token"].as_str().unwrap().to_owned())
}

/// Posts fields of a form and those of the button.
async fn posts(
    login: &Login<'_>,
    action: &str,
    fields: &[(&str, &str)],
    button: &[(&str, &str)],
) -> Answer {
    login
        .browser
        .post_form(action, &owned(&[fields, button].concat()))
        .await
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Submits the form of a page by a button.
async fn presses(login: &Login<'_>, page: &Answer, button: &[(&str, &str)]) -> Answer {
    let (action, mut fields) = page.assert_status(200).form();
    fields.extend(owned(button));
    login.browser.post_form(&action, &fields).await
}

/// The error of a login without a page, or `None` if the login succeeds.
async fn silent_login(login: &Login<'_>) -> Option<String> {
    let url = format!("{}&scope=openid&prompt=none", login.url(""));
    let answer = login.browser.visit(&url).await;
    let parameters = login.parameters(&answer).unwrap();
    let error = parameters.into_iter().find(|(name, _)| name == "error");
    error.map(|(_, error)| error)
}

fn end_session(parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(parameters).finish();
    format!("{LOOPBACK}/end-session?{query}")
}

/// The name of a module, the parameters of its request, and the expected redirect, or `None` where the user is asked.
type Module<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<&'a str>);

/// The modules of the conformance plan for RP-initiated logout, by their official names. Each expects the redirect
/// only with a valid hint and a registered URI, and that no login without a page succeeds afterwards.
#[tokio::test]
async fn modules_of_the_conformance_plan() {
    let service = service_on(Engine::Sqlite).await;
    for is_post in [false, true] {
        for index in 0..10 {
            module(&service, index, is_post).await;
        }
    }
    // oidcc-rp-initiated-logout-discovery-endpoint-verification
    for service in [service, TestService::new().await] {
        let metadata = service
            .anon()
            .get("/.well-known/openid-configuration")
            .await;
        let metadata = metadata.json();
        let endpoint = format!("{}/end-session", metadata["issuer"].as_str().unwrap());
        assert_eq!(metadata["end_session_endpoint"], endpoint);
    }
}

async fn module(service: &TestService, index: usize, is_post: bool) {
    let (login, hint) = logged_in(service).await;
    let payload = hint.split('.').nth(1).unwrap();
    let header = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "typ": "JWT"}).to_string());
    let unsigned = format!("{header}.{payload}.");
    let uri = ("post_logout_redirect_uri", OUT);
    let (good, state) = (("id_token_hint", hint.as_str()), ("state", "a b&c"));
    let redirected = Some("https://app.example.com/out?state=a+b%26c");
    let wrong = |uri| ("post_logout_redirect_uri", uri);
    let modules: [Module<'_>; 10] = [
        ("oidcc-rp-initiated-logout", &[good, uri, state], redirected),
        (
            "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
            &[good, wrong("https://evil.example.com/out"), state],
            None,
        ),
        (
            "oidcc-rp-initiated-logout-modified-id-token-hint",
            &[("id_token_hint", &unsigned), uri, state],
            None,
        ),
        (
            "oidcc-rp-initiated-logout-bad-id-token-hint",
            &[("id_token_hint", "bad"), uri, state],
            None,
        ),
        (
            "oidcc-rp-initiated-logout-no-id-token-hint",
            &[uri, state],
            None,
        ),
        ("oidcc-rp-initiated-logout-no-params", &[], None),
        (
            "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
            &[good, state],
            None,
        ),
        (
            "oidcc-rp-initiated-logout-no-state",
            &[good, uri],
            Some(OUT),
        ),
        ("oidcc-rp-initiated-logout-only-state", &[state], None),
        (
            "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
            &[good, wrong("https://app.example.com/out?foo=bar"), state],
            None,
        ),
    ];
    let (name, parameters, redirect) = modules[index];
    assert_eq!(silent_login(&login).await, None, "{name}");
    let answer = if is_post {
        let fields = owned(parameters);
        let relay = login.browser.post_cross_site("/end-session", &fields).await;
        presses(&login, &relay, &[]).await
    } else {
        login.browser.visit(&end_session(parameters)).await
    };
    if let Some(url) = redirect {
        assert_eq!(answer.assert_status(303).header("location"), url, "{name}");
    } else {
        let text = answer.assert_status(200).text();
        assert!(text.contains("Log out?"), "{name}");
        assert_eq!(silent_login(&login).await, None, "{name}");
        let done = presses(&login, &answer, &[]).await;
        let text = done.assert_status(200).text();
        assert!(text.contains("logged out"), "{name}: {text}");
        let is_echoed = text.contains("evil") || text.contains("foo=bar");
        assert!(!is_echoed, "{name}: {text}");
    }
    let error = silent_login(&login).await;
    assert_eq!(error.as_deref(), Some("login_required"), "{name}");
}

/// A form that a page of this service posts again is not posted a third time: a browser that sends `Origin: null`
/// gets an error.
#[tokio::test]
async fn form_of_another_site_is_posted_again_once() {
    let service = service_on(Engine::Sqlite).await;
    let (login, hint) = logged_in(&service).await;
    let given = owned(&[("id_token_hint", &hint), ("post_logout_redirect_uri", OUT)]);
    let relay = login.browser.post_cross_site("/end-session", &given).await;
    assert_eq!(relay.assert_status(200).field("again"), "1");
    let (action, fields) = relay.form();
    let opaque = [
        ("origin", "null"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(&fields).finish();
    let path = action.strip_prefix(LOOPBACK).unwrap();
    let refused = service.anon().send("POST", path, &opaque, body).await;
    refused.assert_page(403, "foreign_origin");
    assert_eq!(silent_login(&login).await, None);
    let answer = login.browser.post_form(&action, &fields).await;
    assert_eq!(answer.assert_status(303).header("location"), OUT);
}

/// A cookie of a node whose clock is ahead may be valid: a success would be a logout that does not happen.
#[tokio::test]
async fn cookie_that_cannot_be_verified_now_is_no_success() {
    let service = service_on(Engine::Sqlite).await;
    let (login, hint) = logged_in(&service).await;
    let confirmed = owned(&[("confirmed", "1")]);
    service.clock.advance(TimeDelta::hours(-1));
    for answer in [
        login.browser.post_form("/end-session", &confirmed).await,
        login.browser.visit(&end_session(&[])).await,
        login
            .browser
            .visit(&end_session(&[("everywhere", "1")]))
            .await,
    ] {
        assert!(answer.assert_status(503).set_cookies().is_empty());
    }
    let error = silent_login(&login).await;
    assert_eq!(error.as_deref(), Some("temporarily_unavailable"));
    // A hint alone, without the cookie.
    let hinted = end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", OUT)]);
    Login::new(&service)
        .browser
        .visit(&hinted)
        .await
        .assert_status(503);
    service.clock.advance(TimeDelta::hours(1));
    let done = login.browser.post_form("/end-session", &confirmed).await;
    done.assert_status(200);
    let error = silent_login(&login).await;
    assert_eq!(error.as_deref(), Some("login_required"));
}

/// The JSON logout of an app with cookies ends the session of the same user at the issuer, whatever its `sid`.
#[tokio::test]
async fn json_logout_ends_the_session_of_the_user_at_the_issuer() {
    let service = service_on(Engine::Sqlite).await;
    let (login, _) = logged_in(&service).await;
    let browser = &login.browser;
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "web"});
    browser.keep(browser.post("/login", body).await.assert_status(200));
    let sid = token::claims(&browser.cookie("signet-8080-access").unwrap())["sid"].clone();
    assert_ne!(sid, json!(sso_session(&service, &login).await.sid));
    let of_ada = sso_session(&service, &login).await;
    browser.keep(browser.post("/logout", json!({})).await.assert_status(204));
    assert_eq!(browser.cookie(SSO), None);
    let ended = browser.cookie(ENDED).unwrap();
    for sid in [sid.as_str().unwrap(), &of_ada.sid] {
        assert!(ended.contains(&format!("{sid}~")), "{ended}");
    }
    let kept = format!("{}~{}", of_ada.sid, of_ada.abs_exp.timestamp());
    assert!(ended.contains(&kept), "{ended}");
    let error = silent_login(&login).await;
    assert_eq!(error.as_deref(), Some("login_required"));
}

/// The cookies of the client may have expired before the session at the issuer.
#[tokio::test]
async fn json_logout_without_tokens_ends_the_session_at_the_issuer() {
    let service = service_on(Engine::Sqlite).await;
    let (login, _) = logged_in(&service).await;
    let browser = &login.browser;
    let session = sso_session(&service, &login).await;
    assert_eq!(browser.cookie("signet-8080-access"), None);
    let foreign = [
        ("origin", "https://evil.example.com"),
        ("content-type", "application/json"),
        (
            "cookie",
            &*format!("{SSO}={}", browser.cookie(SSO).unwrap()),
        ),
    ];
    let other = service.anon();
    let refused = other.send("POST", "/logout", &foreign, "{}".to_owned());
    refused.await.assert_status(403);
    let answer = browser.post("/logout", json!({})).await;
    let cookies = answer.assert_status(204).set_cookies();
    let lifetime = (session.abs_exp - service.clock.now()).num_seconds();
    let ended = format!("{ENDED}={}~{}; ", session.sid, session.abs_exp.timestamp());
    let has = |start: &str, max_age: i64| {
        let max_age = format!("Max-Age={max_age}");
        let mut cookies = cookies.iter();
        cookies.any(|it| it.starts_with(start) && it.split("; ").any(|part| part == max_age))
    };
    assert!(has(&format!("{SSO}=;"), 0), "{cookies:?}");
    assert!(has(&ended, lifetime), "{cookies:?}");
    assert_eq!(cookies.len(), 2, "no other cookie changes: {cookies:?}");
    browser.keep(&answer);
    let error = silent_login(&login).await;
    assert_eq!(error.as_deref(), Some("login_required"));
}

#[tokio::test]
async fn json_logout_keeps_the_session_of_another_user() {
    let service = service_on(Engine::Sqlite).await;
    service.signed_up_at("app", "bob@example.com").await;
    let (login, _) = logged_in(&service).await;
    let browser = &login.browser;
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "client_id": "web"});
    browser.keep(browser.post("/login", body).await.assert_status(200));
    browser.keep(browser.post("/logout", json!({})).await.assert_status(204));
    assert_eq!(silent_login(&login).await, None);
}

/// A browser in which Ada is logged in at the issuer, and Bob at the app with cookies. The ID token is Ada's.
async fn with_bob(service: &TestService) -> (Login<'_>, String) {
    let (login, id_token) = logged_in(service).await;
    log_in_bob(&login.browser).await;
    (login, id_token)
}

async fn log_in_bob(browser: &Browser<'_>) {
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "client_id": "web"});
    browser.keep(browser.post("/login", body).await.assert_status(200));
}

#[tokio::test]
async fn form_that_names_its_user_keeps_the_logins_of_others() {
    let service = service_on(Engine::Sqlite).await;
    service.signed_up_at("app", "bob@example.com").await;
    let bob_is_logged_in = async |login: &Login<'_>| login.browser.get("/session").await.status;
    for is_hinted in [false, true] {
        let (login, id_token) = with_bob(&service).await;
        let path = if is_hinted {
            let out = ("post_logout_redirect_uri", "https://app.example.com/out");
            end_session(&[("id_token_hint", &id_token), out])
        } else {
            format!("{LOOPBACK}/login")
        };
        let asked = login.browser.visit(&path).await;
        let done = presses(&login, &asked, &[]).await;
        done.assert_status(if is_hinted { 303 } else { 200 });
        assert_eq!(
            silent_login(&login).await.as_deref(),
            Some("login_required")
        );
        assert_eq!(bob_is_logged_in(&login).await, 200);
    }
    // A form that is shown to the user of the app keeps the session at the issuer.
    let (login, _) = with_bob(&service).await;
    let bob = login.browser.get("/session").await.json()["sub"].clone();
    let confirmed = [("confirmed", "1"), ("user", bob.as_str().unwrap())];
    let action = format!("{LOOPBACK}/end-session");
    posts(&login, &action, &confirmed, &[])
        .await
        .assert_status(200);
    assert_eq!(bob_is_logged_in(&login).await, 401);
    assert_eq!(silent_login(&login).await, None);
    // The page of the service shows the user of the app first.
    let (login, _) = with_bob(&service).await;
    let cookies = login.browser.cookies();
    let headers = [("accept", "text/html"), ("cookie", cookies.as_str())];
    let home = service.anon().send("GET", "/", &headers, "").await;
    assert!(home.text().contains("bob@example.com"), "{}", home.text());
    presses(&login, &home, &[]).await.assert_status(200);
    assert_eq!(bob_is_logged_in(&login).await, 401);
    assert_eq!(silent_login(&login).await, None);
    // The page that names no user ends every login.
    let (login, _) = with_bob(&service).await;
    let asked = login.browser.visit(&end_session(&[])).await;
    presses(&login, &asked, &[]).await.assert_status(200);
    assert_eq!(
        silent_login(&login).await.as_deref(),
        Some("login_required")
    );
    assert_eq!(bob_is_logged_in(&login).await, 401);
}

#[tokio::test]
async fn page_that_was_shown_to_one_user_logs_out_no_other_everywhere() {
    let service = service_on(Engine::Sqlite).await;
    service.signed_up_at("app", "bob@example.com").await;
    let (login, _) = logged_in(&service).await;
    let everywhere = end_session(&[("everywhere", "1")]);
    let shown_to_ada = login.browser.visit(&everywhere).await;
    log_in_bob(&login.browser).await;
    let done = presses(&login, &shown_to_ada, &[]).await;
    done.assert_status(200);
    assert_eq!(
        silent_login(&login).await.as_deref(),
        Some("login_required")
    );
    let browser = &login.browser;
    assert_eq!(browser.get("/session").await.status, 200);
    browser.post("/refresh", json!({})).await.assert_status(200);
}

async fn sso_session(service: &TestService, login: &Login<'_>) -> SsoSession {
    let cookie = login.browser.cookie(SSO).unwrap();
    let single_sign_on = &service.app.single_sign_on;
    let opened = single_sign_on.open(&cookie, &[], service.clock.now());
    opened.await.unwrap().unwrap()
}

/// The page to which emails about changes of an account lead.
#[apply(both_engines)]
#[tokio::test]
async fn page_logs_out_everywhere(engine: Engine) {
    let service = service_on(engine).await;
    let (login, _) = logged_in(&service).await;
    let (other, _) = logged_in(&service).await;
    let asked = end_session(&[("everywhere", "1"), ("client_id", "app")]);
    let page = login.browser.visit(&asked).await;
    let text = page.assert_status(200).text();
    for says in ["Log out everywhere?", "5 minutes", "Reset password"] {
        assert!(text.contains(says), "{text}");
    }
    let before = login.browser.cookies();
    let (action, fields) = page.form();
    // Another site cannot press the button.
    let foreign = login.browser.post_cross_site(&action, &fields).await;
    foreign.assert_page(403, "foreign_origin");
    assert_eq!(silent_login(&other).await, None);

    let done = presses(&login, &page, &[]).await;
    let text = done.assert_status(200).text();
    assert!(
        text.contains("You’re logged out everywhere") && text.contains("5 minutes"),
        "{text}"
    );
    let onward = format!("{LOOPBACK}/login");
    assert_eq!(done.links(), [("Log in again".to_owned(), onward)]);
    for login in [&login, &other] {
        let error = silent_login(login).await;
        assert_eq!(error.as_deref(), Some("login_required"));
    }
    assert_eq!(login.browser.cookie(SSO), None);
    assert!(login.browser.cookie(ENDED).is_some());
    assert_ne!(login.browser.cookies(), before);
}

/// A session that has ended ends no others: the page must not report a success, and leads to a new password.
#[tokio::test]
async fn session_that_has_ended_leads_to_a_new_password() {
    let service = service_on(Engine::Sqlite).await;
    let (login, _) = logged_in(&service).await;
    let page = login
        .browser
        .visit(&end_session(&[("everywhere", "1"), ("client_id", "app")]))
        .await;
    let ada = service.anon();
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "app"});
    let session: Value = ada.post("/login", body).await.assert_status(200).json();
    let bearer = format!("Bearer {}", session["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let ended = ada
        .send("POST", "/logout/everywhere", &headers, String::new())
        .await;
    ended.assert_status(204);

    let done = presses(&login, &page, &[]).await;
    let text = done.assert_status(200).text();
    assert!(
        text.contains("You’re not logged in to") && !text.contains("<form"),
        "{text}"
    );
    let links = done.links();
    assert_eq!(
        links,
        [
            (
                "Reset password".to_owned(),
                format!("{LOOPBACK}/password/forgot?client_id=app")
            ),
            ("Log in".to_owned(), format!("{LOOPBACK}/login")),
        ]
    );
    let forgot = login.browser.visit(&links[0].1).await;
    assert!(
        forgot
            .assert_status(200)
            .text()
            .contains("Forgot your password?")
    );
    // A browser without a session gets the same page at once.
    let anew = Login::new(&service);
    let page = anew
        .browser
        .visit(&end_session(&[("everywhere", "1"), ("client_id", "app")]))
        .await;
    assert_eq!(page.assert_status(200).links(), links);
}

/// The page that asks for a logout offers the logout everywhere as well, and returns to the client.
#[tokio::test]
async fn logout_page_offers_the_logout_everywhere() {
    let service = service_on(Engine::Sqlite).await;
    let (login, _) = logged_in(&service).await;
    let (other, _) = logged_in(&service).await;
    let asked = [
        ("client_id", "app"),
        ("post_logout_redirect_uri", OUT),
        ("state", "s"),
    ];
    let asked = end_session(&asked);
    let page = Login::new(&service).browser.visit(&asked).await;
    assert!(!page.assert_status(200).text().contains("everywhere"));
    let page = login.browser.visit(&asked).await;
    assert!(page.text().contains("Log out everywhere"));
    let done = presses(&login, &page, &[("everywhere", "1")]).await;
    let location = "https://app.example.com/out?state=s";
    assert_eq!(done.assert_status(303).header("location"), location);
    let error = silent_login(&other).await;
    assert_eq!(error.as_deref(), Some("login_required"));
}

/// A browser with the session of an app with cookies alone can log out everywhere as well.
#[tokio::test]
async fn session_of_an_app_with_cookies_logs_out_everywhere() {
    let service = service_on(Engine::Sqlite).await;
    let (other, _) = logged_in(&service).await;
    let login = Login::new(&service);
    let browser = &login.browser;
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "web"});
    browser.keep(browser.post("/login", body).await.assert_status(200));
    assert_eq!(browser.cookie(SSO), None);
    let page = browser.visit(&end_session(&[("everywhere", "1")])).await;
    let done = presses(&login, &page, &[]).await;
    assert!(
        done.assert_status(200)
            .text()
            .contains("logged out everywhere")
    );
    assert_eq!(browser.cookie("signet-8080-access"), None);
    let error = silent_login(&other).await;
    assert_eq!(error.as_deref(), Some("login_required"));
}

/// Mails about changes of an account lead to the page, in the language of the mail.
#[tokio::test]
async fn mails_about_changes_lead_to_the_page() {
    let service = service_on(Engine::Sqlite).await;
    let ada = service.anon();
    let asked = json!({"email": ADA, "client_id": "app"});
    let german = [
        ("content-type", "application/json"),
        ("accept-language", "de"),
    ];
    let sent = ada.send("POST", "/password/forgot", &german, asked.to_string());
    sent.await.assert_status(202);
    let body =
        json!({"token": service.mailed_token(ADA).unwrap(), "password": "one more good password"});
    let reset = ada.send("POST", "/password/reset", &german, body.to_string());
    reset.await.assert_status(204);
    let page = format!("{LOOPBACK}/end-session?everywhere=1&ui_locales=de&client_id=app");
    let mail = service.outbox.lock().unwrap().last().unwrap().text.clone();
    assert!(mail.contains(&page), "{mail}");
    let page = Login::new(&service).browser.visit(&page).await;
    assert!(page.assert_status(200).text().contains("Überall abmelden?"));
    let links = page.links();
    assert_eq!(
        links[0].1,
        format!("{LOOPBACK}/password/forgot?client_id=app&ui_locales=de")
    );
}
