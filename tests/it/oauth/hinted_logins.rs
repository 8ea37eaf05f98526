//! Requests for one user, and for a recent login, through every login method (OpenID Connect Core §3.1.2.1).

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;
use signet::identity::UserId;

use super::single_sign_on::{ADA, BOB, SSO, id_token, logs_in, submits_password, url};
use crate::support::{
    Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::Login,
    openid::{OpenIdStub, Person},
    stub::{one, pairs},
    token,
    upstream::LOOPBACK,
};

const CLIENTS: &str = "
    [[clients]]
    client_id = 'app'
    scopes = ['openid']
    redirect_uris = ['https://app.example.com/back']
";

/// A service with a provider that is trusted with emails, and the users Ada and Bob.
async fn service(stub: &OpenIdStub) -> TestService {
    let upstreams = [("stub", stub as _, "trusts_addresses = true")];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, CLIENTS).await;
    for email in [ADA, BOB] {
        service.signed_up(email).await;
    }
    service
}

/// The hint of that user, from a login in another browser.
async fn hint_of(service: &TestService, email: &str) -> String {
    let session = logs_in(&Login::new(service), email).await;
    format!("&scope=openid&id_token_hint={}", id_token(&session))
}

/// The ID of the user with this email.
async fn user_of(service: &TestService, email: &str) -> UserId {
    let email = email.parse().unwrap();
    let user = service.app.store.user_by_email(&email).await;
    user.unwrap().unwrap().id
}

/// The link in the last mail to this email.
fn mailed_link(service: &TestService, email: &str) -> (String, String) {
    let outbox = service.outbox.lock().unwrap();
    let mail = outbox.iter().rev().find(|it| it.to.as_str() == email);
    let text = &mail.unwrap().text;
    let link = text.lines().find(|line| line.contains("#token="));
    let (page, token) = link.unwrap().trim().split_once("#token=").unwrap();
    let token = token.split('&').next().unwrap();
    (page.to_owned(), token.to_owned())
}

/// Opens the mailed link in the browser of the login and submits its form.
async fn opens_link(login: &Login<'_>, service: &TestService, email: &str) -> Answer {
    let (url, token) = mailed_link(service, email);
    let page = login.browser.visit(&url).await;
    let (action, _) = page.assert_status(200).form();
    let form = [("token".to_owned(), token)];
    login.browser.post_form(&action, &form).await
}

/// Requests a login link on the login page and opens it.
async fn logs_in_by_link(login: &Login<'_>, service: &TestService, url: &str) -> Answer {
    let page = login.browser.visit(url).await;
    let (action, _) = page.assert_status(200).form();
    let form = [("email", BOB), ("by", "link")].map(|(name, it)| (name.to_owned(), it.to_owned()));
    let mailed = login.browser.post_form(&action, &form).await;
    mailed.assert_status(202);
    opens_link(login, service, BOB).await
}

/// The URL of a login at the provider.
fn at_provider(login: &Login<'_>, short: bool, more: &str) -> String {
    let url = format!("{}{more}", login.url("stub"));
    if short {
        let url = url.replace("/authorize?response_type=code&", "/login/stub?");
        return url.replace("&provider=stub", "");
    }
    url
}

#[rstest]
#[tokio::test]
async fn hint_of_another_user_is_refused_by_every_login_method(
    #[values("provider", "short form", "link", "password", "missing email")] method: &str,
) {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let (ada, bob) = (hint_of(&service, ADA).await, hint_of(&service, BOB).await);
    stub.person(Person::new("bob-at-the-provider", BOB));
    let others = [(ada, false, "x"), (bob, method != "missing email", "y")];
    for (hint, is_allowed, name) in others {
        let login = Login::new(&service);
        let answer = match method {
            "provider" | "short form" => {
                let url = at_provider(&login, method == "short form", &hint);
                login.browser.log_in_through(&stub, &url).await
            }
            "link" => logs_in_by_link(&login, &service, &url(&login, &hint)).await,
            "password" => {
                let page = login.browser.visit(&url(&login, &hint)).await;
                submits_password(&login, &page, BOB).await
            }
            _ => {
                // A new user is not the one of the hint, so no email is asked for.
                stub.person(Person::without_email(name));
                let url = at_provider(&login, false, &hint);
                login.browser.log_in_through(&stub, &url).await
            }
        };
        if is_allowed {
            login.finish(&answer).await;
            continue;
        }
        assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
        login.assert_not_logged_in(&answer);
        assert_eq!(login.browser.cookie(SSO), None);
    }
}

#[tokio::test]
async fn cookie_client_gets_no_cookies_for_another_user() {
    let stub = OpenIdStub::start();
    let web = "[[clients]]
        client_id = 'web'
        transport = 'cookie'
        scopes = ['openid']
        origins = ['https://app.example.com']
        redirect_uris = ['https://app.example.com/back']";
    let upstreams = [("stub", &stub as _, "trusts_addresses = true")];
    let settings = format!("{CLIENTS}\n{web}");
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, &settings).await;
    for email in [ADA, BOB] {
        let mut user = service.anon();
        let asked = json!({"email": email, "client_id": "app"});
        user.post("/signup", asked).await.assert_status(202);
        let token = service.mailed_token(email).unwrap();
        let body = json!({"token": token, "password": PASSWORD});
        user.keep(user.post("/signup/confirm", body).await.assert_status(201));
    }
    let hint = token::id_token_hint(&service, user_of(&service, ADA).await, "web");
    stub.person(Person::new("bob-at-the-provider", BOB));
    let login = Login::new(&service);
    let url = format!(
        "{LOOPBACK}/authorize?response_type=code&client_id=web&state=s&provider=stub&id_token_hint={hint}"
    );
    let answer = login.browser.log_in_through(&stub, &url).await;
    answer.assert_status(303);
    assert!(answer.header("location").contains("error=login_required"));
    assert_eq!(login.browser.cookie(SSO), None);
    login.browser.get("/session").await.assert_status(401);
}

/// The links between the pages of a login keep what the client requires.
#[tokio::test]
async fn detour_over_other_pages_keeps_the_requirements() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let hint = hint_of(&service, ADA).await;
    let login = Login::new(&service);
    logs_in(&login, BOB).await;
    let more = format!("{hint}&prompt=login&max_age=60&acr_values=phr");
    let page = login.browser.visit(&url(&login, &more)).await;
    let link = |page: &Answer, text: &str| {
        let links = page.assert_status(200).links();
        let found = links.iter().find(|(says, _)| says == text);
        found.unwrap_or_else(|| panic!("{links:?}")).1.clone()
    };
    let forgot = login.browser.visit(&link(&page, "Forgot password?")).await;
    let back = link(&forgot, "Back to login");
    let query = pairs(back.split_once('?').unwrap().1.as_bytes());
    for (name, value) in [
        ("prompt", "login"),
        ("max_age", "60"),
        ("acr_values", "phr"),
    ] {
        assert_eq!(one(&query, name), Some(value), "{back}");
    }
    // The session of Bob does not log in, and neither does his password.
    let page = login.browser.visit(&back).await;
    let answer = submits_password(&login, &page, BOB).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
    let page = login.browser.visit(&back).await;
    let answer = submits_password(&login, &page, ADA).await;
    let error = login.error(&answer);
    assert_eq!(error.as_deref(), Some("unmet_authentication_requirements"));
}

/// The link back to the login keeps the hint.
#[tokio::test]
async fn error_page_keeps_the_hint() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let hint = hint_of(&service, ADA).await;
    let login = Login::new(&service);
    let page = login.browser.visit(&url(&login, &hint)).await;
    let (action, _) = page.assert_status(200).form();
    let foreign = [("by", "password")].map(|(name, it)| (name.to_owned(), it.to_owned()));
    let refused = login.browser.post_cross_site(&action, &foreign).await;
    refused.assert_page(403, "foreign_origin");
    let [(_, back)] = &refused.links()[..] else {
        panic!("{:?}", refused.links());
    };
    let page = login.browser.visit(back).await;
    let answer = submits_password(&login, &page, BOB).await;
    assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
}

/// Seconds from the start of the login: the authentication at the provider, and the callback.
#[rstest]
#[case::at_the_start("0", 0, 0, true)]
#[case::during_the_login("0", 30, 40, true)]
#[case::before_the_start("0", -1, 0, false)]
#[case::as_old_as_allowed("60", -50, 10, true)]
#[case::older("60", -51, 10, false)]
#[tokio::test]
async fn max_age_has_no_leeway_at_a_provider(
    #[case] max_age: &str,
    #[case] authenticated: i64,
    #[case] returned: i64,
    #[case] is_allowed: bool,
) {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let at = service.clock.now() + TimeDelta::seconds(authenticated);
    let person = Person::new("bob-at-the-provider", BOB).with("auth_time", json!(at.timestamp()));
    stub.person(person);
    let login = Login::new(&service);
    let url = at_provider(&login, false, &format!("&max_age={max_age}"));
    let started = login.browser.visit(&url).await;
    service.clock.advance(TimeDelta::seconds(returned));
    let callback = crate::support::upstream::StubProvider::authorize(
        &stub,
        started.assert_status(303).header("location"),
    );
    let answer = login.browser.open_callback(&callback).await;
    if is_allowed {
        login.finish(&answer).await;
    } else {
        assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
        login.assert_not_logged_in(&answer);
    }
}

/// The page that asks for an email delays the login.
#[tokio::test]
async fn login_that_waits_for_an_email_satisfies_max_age() {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let at = service.clock.now().timestamp() - 50;
    stub.person(Person::without_email("carol").with("auth_time", json!(at)));
    for (seconds, is_allowed) in [(0, true), (11, false)] {
        let email = format!("carol{seconds}@example.com");
        let login = Login::new(&service);
        let person = Person::without_email(&email).with("auth_time", json!(at));
        stub.person(person);
        let url = at_provider(&login, false, "&max_age=60");
        let page = login.browser.log_in_through(&stub, &url).await;
        let (action, mut fields) = page.assert_status(200).form();
        fields.retain(|(name, _)| name != "email");
        fields.push(("email".to_owned(), email.clone()));
        login
            .browser
            .post_form(&action, &fields)
            .await
            .assert_status(202);
        service.clock.advance(TimeDelta::seconds(seconds));
        let answer = opens_link(&login, &service, &email).await;
        if is_allowed {
            login.finish(&answer).await;
        } else {
            assert_eq!(login.error(&answer).as_deref(), Some("login_required"));
        }
    }
}

/// A page that shows the account may be left open, or its form be sent for another request.
#[rstest]
#[case::prompt("&prompt=login", 0)]
#[case::max_age("&max_age=59", 60)]
#[case::max_age_now("&max_age=0", 0)]
#[tokio::test]
async fn account_page_does_not_evade_a_new_login(#[case] more: &str, #[case] seconds: i64) {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let login = Login::new(&service);
    let first = logs_in(&login, ADA).await;
    let chosen = url(&login, "&scope=openid&prompt=select_account");
    let page = login.browser.visit(&chosen).await;
    let (_, mut fields) = page.assert_status(200).form();
    fields.push(("by".to_owned(), "session".to_owned()));
    service.clock.advance(TimeDelta::seconds(seconds));
    let asked = url(&login, &format!("&scope=openid{more}"));
    let answer = login.browser.post_form(&asked, &fields).await;
    assert_eq!(login.parameters(&answer), None);
    answer.assert_status(200);
    service.clock.advance(TimeDelta::seconds(5));
    let answer = submits_password(&login, &answer, ADA).await;
    let session = login.redeem(&login.code(&answer)).await.json();
    let auth_time = |session| {
        token::claims(id_token(session))["auth_time"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(auth_time(&session), auth_time(&first) + seconds + 5);
}

#[rstest]
#[tokio::test]
async fn short_form_behaves_as_the_endpoint_with_a_provider(#[values(false, true)] short: bool) {
    let stub = OpenIdStub::start();
    let service = service(&stub).await;
    let hint = hint_of(&service, ADA).await;
    let login = Login::new(&service);
    let visit = async |more: &str| login.browser.visit(&at_provider(&login, short, more)).await;
    let error = async |more: &str| login.error(&visit(more).await);
    assert_eq!(
        error("&prompt=none").await.as_deref(),
        Some("login_required")
    );
    logs_in(&login, ADA).await;
    login.code(&visit(&format!("{hint}&prompt=none")).await);
    for (more, expected) in [
        ("&prompt=none&max_age=0", "login_required"),
        ("&prompt=none&intent=link", "interaction_required"),
        ("&id_token_hint=x.y.z", "invalid_request"),
    ] {
        assert_eq!(error(more).await.as_deref(), Some(expected), "{more}");
    }
    logs_in(&Login::new(&service), BOB).await;
    let bob = hint_of(&service, BOB).await;
    let other = error(&format!("{bob}&prompt=none")).await;
    assert_eq!(other.as_deref(), Some("login_required"));
}
