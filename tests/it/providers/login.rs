//! Login by providers: users, sessions and cookies.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use crate::support::{
    Browser, Engine, PASSWORD, TestService, both_engines,
    oauth_client::{Login, OAUTH_CLIENT},
    openid::{OpenIdStub, Person},
    upstream::ProviderSetup,
};

mod addresses;
mod authorize;
mod browsers;
mod causes;
mod codes;
mod dialects;
mod documented;
mod documents;
mod kinds;
mod linking;
mod login_csrf;
mod mailed;
mod native;
mod nodes;
mod open_redirect;
mod provider_tokens;
mod rate_limits;
mod rotated_secret;
mod second_factor;
mod trouble;

/// A service with one provider that is trusted for emails.
async fn with_provider(engine: Engine, stub: &OpenIdStub) -> TestService {
    let trusted: ProviderSetup<'_> = ("stub", stub, "trusts_addresses = true");
    TestService::with_providers(engine, &[trusted], OAUTH_CLIENT).await
}

/// The same on SQLite.
async fn service_with_stub(stub: &OpenIdStub) -> TestService {
    with_provider(Engine::Sqlite, stub).await
}

#[apply(both_engines)]
#[tokio::test]
async fn login_by_provider_creates_a_user_who_returns(engine: Engine) {
    let stub = OpenIdStub::start();
    let service = with_provider(engine, &stub).await;
    stub.person(Person::new("sub-1", "Ada@Example.com").with_name("Ada Lovelace"));
    let ada = service.log_in_by("stub", &stub).await;
    let me = ada.get("/me").await.json();
    assert_eq!(me["email"], "ada@example.com", "{me}");
    assert_eq!(me["name"], "Ada Lovelace");
    assert!(me["email_verified"].is_string(), "{me}");
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    let accounts = ada.get("/me/accounts").await.json();
    let said = accounts.to_string();
    assert!(
        said.contains(stub.issuer()) && said.contains("oidc"),
        "{said}"
    );

    // Name and email have changed; neither identifies the user.
    service.clock.advance(TimeDelta::days(3));
    stub.person(Person::new("sub-1", "ada@elsewhere.example").with_name("A. L."));
    let again = service.log_in_by("stub", &stub).await;
    assert_eq!(again.id(), ada.id());
    assert_ne!(again.claims()["sid"], ada.claims()["sid"]);
    let now = service.clock.now().timestamp();
    assert_eq!(again.claims()["auth_time"], now);
    let mut me_again = again.get("/me").await.json();
    assert_eq!(me_again["email"], "ada@example.com");
    me_again["name"] = me["name"].clone();
    assert_eq!(me_again, me);

    // Another user with another email.
    stub.person(Person::new("sub-2", "grace@example.com"));
    assert_ne!(service.log_in_by("stub", &stub).await.id(), ada.id());
}

#[tokio::test]
async fn session_from_a_provider_refreshes_and_ends_as_usual() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let mut ada = service.log_in_by("stub", &stub).await;
    service.clock.advance(TimeDelta::minutes(4));
    let auth_time = ada.claims()["auth_time"].clone();
    ada.refreshed().await;
    assert_eq!(ada.claims()["auth_time"], auth_time);
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    // The user has no password, so no password works.
    let answer = service.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    service.log_in_by("stub", &stub).await;
}

/// A provider may keep its session for any time, independent of the sessions of the service.
#[tokio::test]
async fn old_auth_time_of_the_provider_does_not_end_the_session() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let long_ago = (service.clock.now() - TimeDelta::days(200)).timestamp();
    let ada = Person::new("sub", "ada@example.com").with("auth_time", json!(long_ago));
    stub.person(ada);
    let mut ada = service.log_in_by("stub", &stub).await;
    service.clock.advance(TimeDelta::days(20));
    ada.refreshed().await;
    ada.get("/me").await.assert_status(200);
    // The login does not count as recent.
    let claims = ada.claims();
    assert!(claims["auth_time"].as_i64() <= Some(long_ago), "{claims}");
    ada.send_json("DELETE", "/me", json!({}))
        .await
        .assert_problem(401, "insufficient_user_authentication");
}

#[tokio::test]
async fn disabled_user_cannot_log_in_by_provider() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.log_in_by("stub", &stub).await;
    let before = Login::new(&service);
    let start_login = before
        .browser
        .until_callback(&stub, &before.url("stub"))
        .await;
    let redeemable = Login::new(&service);
    let answer = redeemable.log_in_at("stub", &stub).await;
    ada.set_active(false).await;

    // With a started login, with an issued code, and with a new login.
    let answered = before.browser.open_callback(&start_login).await;
    before.assert_not_logged_in(&answered);
    let code = redeemable.code(&answer);
    let refused = redeemable.redeem(&code).await;
    refused.assert_oauth_error(400, "invalid_grant");
    let again = Login::new(&service);
    let answered = again.log_in_at("stub", &stub).await;
    again.assert_not_logged_in(&answered);
    // Nor with another account of the same email.
    stub.person(Person::new("another", "ada@example.com"));
    let another = Login::new(&service);
    let answered = another.log_in_at("stub", &stub).await;
    another.assert_not_logged_in(&answered);
    ada.set_active(true).await;
    stub.person(Person::new("ada-at-the-provider", "ada@example.com"));
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
}

/// O6: neither the email nor the `sub` alone identifies a user.
#[tokio::test]
async fn same_sub_at_another_provider_is_another_user() {
    let (one, two) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let upstreams: [ProviderSetup<'_>; 2] = [("one", &one, trusts), ("two", &two, trusts)];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, OAUTH_CLIENT).await;
    one.person(Person::new("4711", "ada@example.com"));
    two.person(Person::new("4711", "grace@example.com"));
    let ada = service.log_in_by("one", &one).await;
    let grace = service.log_in_by("two", &two).await;
    assert_ne!(ada.id(), grace.id());

    // Another server under the same id inherits no users.
    let moved: [ProviderSetup<'_>; 1] = [("one", &two, trusts)];
    let database = service.database.share();
    let again = TestService::with_providers_in(database, &moved, OAUTH_CLIENT).await;
    assert_eq!(again.log_in_by("one", &two).await.id(), grace.id());
}

#[tokio::test]
async fn concurrent_first_logins_create_one_user() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let logins: Vec<_> = (0..8).map(|_| Login::new(&service)).collect();
    let mut callbacks = Vec::new();
    for login in &logins {
        callbacks.push(
            login
                .browser
                .until_callback(&stub, &login.url("stub"))
                .await,
        );
    }
    let arrivals = logins.iter().zip(&callbacks);
    let arrivals = arrivals.map(async |(login, callback)| {
        let answer = login.browser.open_callback(callback).await;
        login.finish(&answer).await.id()
    });
    let ids = futures_util::future::join_all(arrivals).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(service.app.store.users(None, 10).await.unwrap().len(), 1);
}

const WEB: &str = "
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['http://localhost:5173']
    redirect_uris = ['http://localhost:5173/back', 'http://127.0.0.1:8080/login']
";

#[tokio::test]
async fn provider_login_sets_cookies_for_a_cookie_client() {
    let stub = OpenIdStub::start();
    let trusted: ProviderSetup<'_> = ("stub", &stub, "trusts_addresses = true");
    let service = TestService::with_providers(Engine::Sqlite, &[trusted], WEB).await;
    let mut browser = Browser::new(&service);
    browser.origin = Some("http://localhost:5173");
    let start = "/login/stub?client_id=web&state=x&redirect_uri=http://localhost:5173/back";
    let landed = browser.log_in_through(&stub, start).await;
    landed.assert_status(303);
    let location = landed.header("location");
    assert!(
        location.starts_with("http://localhost:5173/back?"),
        "{location}"
    );
    assert!(!location.contains("code="), "{location}");
    let me = browser.get("/me").await;
    assert_eq!(me.assert_status(200).json()["email"], "ada@example.com");
    // A foreign redirect URI shows an error page without a redirect.
    for uri in [
        "https://evil.example.com/",
        "http://localhost:5174/back",
        "//e",
        "javascript:x",
    ] {
        let start = format!("/login/stub?client_id=web&redirect_uri={uri}");
        let answer = browser.visit(&start).await;
        answer.assert_page(400, "invalid_redirect_uri");
    }
}
