//! Logout by a relying party (OpenID Connect RP-Initiated Logout 1.0).

use axum::body::Body;
use chrono::TimeDelta;
use serde_json::json;
use signet::{
    identity::{Epoch, UserId},
    token::SsoSession,
};

use crate::support::{
    ApiClient, Browser, PASSWORD, TestService, answer::Answer, test_service::ISSUER, token,
};

const SETTINGS: &str = "
    [[clients]]
    client_id = 'app'
    scopes = ['openid']
    id_token_algorithm = 'ES256'
    redirect_uris = ['https://app.example.com/back']
    post_logout_redirect_uris = ['https://app.example.com/out', 'https://app.example.com/bye?x=y']
    [[clients]]
    client_id = 'other'
    scopes = ['openid']
    id_token_algorithm = 'ES256'
    redirect_uris = ['https://other.example.com/back']
    post_logout_redirect_uris = ['https://other.example.com/out']
";

const OUT: &str = "https://app.example.com/out";
const SSO: &str = "__Host-signet-sso";
const ENDED: &str = "__Host-signet-out";

/// A browser in which a user is logged in at the issuer.
struct LoggedIn<'a> {
    service: &'a TestService,
    user: UserId,
    actor: ApiClient<'a>,
}

impl<'a> LoggedIn<'a> {
    fn new(service: &'a TestService) -> Self {
        Self {
            service,
            user: UserId::new(service.clock.now(), &service.app.entropy).unwrap(),
            actor: service.anon(),
        }
    }

    fn session(&self) -> SsoSession {
        let now = self.service.clock.now();
        SsoSession {
            iss: ISSUER.to_owned(),
            sub: self.user,
            epoch: Epoch::fresh(&self.service.app.entropy).unwrap(),
            sid: "the-login".to_owned(),
            iat: now,
            exp: now + TimeDelta::hours(12),
            abs_exp: now + TimeDelta::days(30),
            began: now,
            auth_time: now,
            amr: vec!["pwd".to_owned()],
            clients: vec!["app".to_owned()],
        }
    }

    fn cookie(&self) -> String {
        let now = self.service.clock.now();
        let sealed = self.service.app.tokens.mint(&self.session(), now).unwrap();
        format!("{SSO}={sealed}")
    }

    fn hint(&self, client_id: &str) -> String {
        token::id_token_hint(self.service, self.user, client_id)
    }

    /// An access token of a session.
    async fn access_token(&self) -> String {
        let (email, app) = ("ada@example.com", "app");
        let asked = json!({"email": email, "client_id": app});
        self.actor.post("/signup", asked).await.assert_status(202);
        let token = self.service.mailed_token(email).unwrap();
        let body = json!({"token": token, "password": PASSWORD});
        let answer = self.actor.post("/signup/confirm", body).await;
        let body = answer.assert_status(201).json();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn get(&self, parameters: &[(&str, &str)]) -> Answer {
        let path = format!("/end-session?{}", form(parameters));
        let headers = [("cookie", &*self.cookie())];
        self.actor.send("GET", &path, &headers, Body::empty()).await
    }

    async fn post(&self, headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> Answer {
        let content = [("content-type", "application/x-www-form-urlencoded")];
        let headers = [headers, &content].concat();
        self.actor
            .send("POST", "/end-session", &headers, form(parameters))
            .await
    }

    /// Posts a form of a page of the service.
    async fn post_own(&self, parameters: &[(&str, &str)]) -> Answer {
        let cookie = self.cookie();
        self.post(&[("origin", ISSUER), ("cookie", &cookie)], parameters)
            .await
    }
}

fn form(parameters: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(parameters).finish()
}

/// The response logs the browser out.
#[track_caller]
fn assert_logged_out(answer: &Answer) {
    let cookies = answer.set_cookies();
    let removed = format!("{SSO}=;");
    assert!(
        cookies
            .iter()
            .any(|it| it.starts_with(&removed) && it.contains("Max-Age=0"))
    );
    let ended = format!("{ENDED}=the-login~");
    assert!(
        cookies.iter().any(|it| it.starts_with(&ended)),
        "{cookies:?}"
    );
}

/// The response is the page that asks the user. Nothing has happened yet.
#[track_caller]
fn assert_asks(answer: &Answer) {
    assert!(answer.assert_status(200).text().contains("Log out?"));
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn expired_hint_is_accepted_and_the_registered_query_is_kept() {
    let service = TestService::with(SETTINGS).await;
    let browser = LoggedIn::new(&service);
    let hint = browser.hint("app");
    service.clock.advance(TimeDelta::days(20));
    let bye = (
        "post_logout_redirect_uri",
        "https://app.example.com/bye?x=y",
    );
    let answer = browser
        .get(&[
            ("id_token_hint", &hint),
            ("client_id", "app"),
            bye,
            ("state", "s"),
        ])
        .await;
    let location = "https://app.example.com/bye?x=y&state=s";
    assert_eq!(answer.assert_status(303).header("location"), location);
    assert_logged_out(&answer);
}

#[tokio::test]
async fn hint_of_another_user_or_client_or_kind_asks_the_user() {
    let service = TestService::with(SETTINGS).await;
    let browser = LoggedIn::new(&service);
    let stranger = LoggedIn::new(&service).hint("app");
    let uri = ("post_logout_redirect_uri", OUT);
    assert_asks(&browser.get(&[("id_token_hint", &stranger), uri]).await);
    let hint = browser.hint("app");
    let mismatch = [("id_token_hint", &*hint), ("client_id", "other"), uri];
    let page = browser.get(&mismatch).await;
    assert_asks(&page);
    assert!(!page.text().contains(OUT), "the request has no client");
    let access = browser.access_token().await;
    assert_asks(&browser.get(&[("id_token_hint", &access), uri]).await);
    let foreign = browser.hint("other");
    assert_asks(&browser.get(&[("id_token_hint", &foreign), uri]).await);
}

#[tokio::test]
async fn user_confirms_and_returns_to_a_registered_uri_only() {
    let service = TestService::with(SETTINGS).await;
    let browser = LoggedIn::new(&service);
    let hint = browser.hint("app");
    for (uri, returns) in [(OUT, true), ("https://evil.example.com", false)] {
        let page = browser
            .get(&[
                ("id_token_hint", &hint[1..]),
                ("client_id", "app"),
                ("post_logout_redirect_uri", uri),
                ("state", "s"),
            ])
            .await;
        assert_asks(&page);
        assert!(!page.text().contains(&hint[1..]));
        let (action, fields) = page.form();
        assert_eq!(action, format!("{ISSUER}/end-session"));
        let fields: Vec<_> = fields
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        let answer = browser.post_own(&fields).await;
        if returns {
            assert_eq!(
                answer.assert_status(303).header("location"),
                "https://app.example.com/out?state=s"
            );
        } else {
            assert!(answer.assert_status(200).text().contains("logged out"));
            assert!(!answer.text().contains("evil"));
        }
        assert_logged_out(&answer);
    }
}

#[tokio::test]
async fn form_of_another_site_is_posted_again_and_confirms_nothing() {
    let service = TestService::with(SETTINGS).await;
    let browser = LoggedIn::new(&service);
    let foreign = [
        ("origin", "https://app.example.com"),
        ("sec-fetch-site", "cross-site"),
    ];
    let hint = browser.hint("app");
    let uri = ("post_logout_redirect_uri", OUT);
    let given = [("id_token_hint", &*hint), uri, ("ui_locales", "de")];
    let page = browser.post(&foreign, &given).await;
    assert!(page.assert_status(200).set_cookies().is_empty());
    let (action, fields) = page.form();
    assert_eq!(action, format!("{ISSUER}/end-session?ui_locales=de"));
    let fields: Vec<_> = fields
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let answer = browser.post_own(&fields).await;
    assert_eq!(answer.assert_status(303).header("location"), OUT);
    assert_logged_out(&answer);

    let stranger = LoggedIn::new(&service).hint("app");
    for field in ["again", "confirmed"] {
        let given = [("id_token_hint", &*stranger), uri, (field, "1")];
        let refused = browser.post(&foreign, &given).await;
        assert!(refused.assert_status(403).set_cookies().is_empty());
    }
}

#[tokio::test]
async fn cookies_of_the_client_are_removed_as_well() {
    let service = TestService::with(&format!(
        "{SETTINGS}[[clients]]\nclient_id = 'web'\ntransport = 'cookie'\norigins = ['https://app.example.com']\n"
    ))
    .await;
    let browser = Browser::new(&service);
    let asked = json!({"email": "ada@example.com", "client_id": "web"});
    browser.post("/signup", asked).await.assert_status(202);
    let token = service.mailed_token("ada@example.com").unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    let confirmed = browser.post("/signup/confirm", body).await;
    confirmed.assert_status(201);
    browser.keep(&confirmed);
    let session = browser.get("/session").await;
    let user: UserId = session.json()["sub"].as_str().unwrap().parse().unwrap();

    let path = |user| {
        let hint = token::id_token_hint(&service, user, "app");
        let form = form(&[("id_token_hint", &hint), ("post_logout_redirect_uri", OUT)]);
        format!("/end-session?{form}")
    };
    let stranger = UserId::new(service.clock.now(), &service.app.entropy).unwrap();
    assert_asks(&browser.get(&path(stranger)).await);
    let answer = browser.get(&path(user)).await;
    assert_eq!(answer.assert_status(303).header("location"), OUT);
    browser.keep(&answer);
    assert_eq!(browser.cookie("__Host-signet-access"), None);
    assert_eq!(browser.cookie("__Host-signet-refresh"), None);
    assert!(browser.cookie(ENDED).is_some());
}

#[tokio::test]
async fn pages_speak_the_language_that_is_requested() {
    let service = TestService::with(SETTINGS).await;
    let browser = LoggedIn::new(&service);
    for (locale, title) in [
        ("de", "Abmelden?"),
        ("es", "¿Cerrar sesión?"),
        ("zh", "退出登录？"),
    ] {
        let page = browser
            .get(&[("ui_locales", locale), ("client_id", "app")])
            .await;
        assert!(page.assert_status(200).text().contains(title));
    }
    let twice = browser
        .actor
        .send("GET", "/end-session?state=a&state=b", &[], Body::empty());
    twice.await.assert_status(400);
    // HEAD has the headers of the page, and never logs out.
    let cookie = browser.cookie();
    for headers in [&[][..], &[("cookie", cookie.as_str())]] {
        let ask = |method| (browser.actor).send(method, "/end-session", headers, Body::empty());
        let (head, page) = (ask("HEAD").await, ask("GET").await);
        assert!(head.assert_status(200).set_cookies().is_empty());
        let length = |answer: &Answer| answer.header("content-length").to_owned();
        assert_eq!(length(&head), length(&page));
    }
}

/// Without a login there is nothing to confirm.
#[tokio::test]
async fn no_login_shows_a_page_or_redirects() {
    let service = TestService::with(SETTINGS).await;
    let user = LoggedIn::new(&service);
    let get = async |parameters: &[(&str, &str)]| {
        let path = format!("/end-session?{}", form(parameters));
        user.actor.send("GET", &path, &[], Body::empty()).await
    };
    let uri = ("post_logout_redirect_uri", OUT);
    for (locale, text) in [
        ("en", "You’re not logged in to"),
        ("de", "Sie sind in diesem Browser nicht bei"),
        ("es", "No ha iniciado sesión en"),
        ("zh", "您未在此浏览器中登录"),
    ] {
        let page = get(&[("ui_locales", locale), ("client_id", "app"), uri]).await;
        let html = page.assert_status(200).text();
        assert!(html.contains(text) && !html.contains("<form"), "{html}");
        assert!(page.set_cookies().is_empty());
    }
    let hint = user.hint("app");
    let answer = get(&[("id_token_hint", &hint), uri]).await;
    assert_eq!(answer.assert_status(303).header("location"), OUT);
}
