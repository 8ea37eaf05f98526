//! Provider outages: 503 for its logins, and no effect elsewhere.

use chrono::TimeDelta;
use rstest::rstest;

use super::{
    Engine, Login, OAUTH_CLIENT, OpenIdStub, ProviderSetup, TestService, service_with_stub,
};
use crate::support::openid::Defect;

#[tokio::test]
async fn unreachable_provider_does_not_affect_other_logins() {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [ProviderSetup<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let service = TestService::with_providers(Engine::Sqlite, &both, OAUTH_CLIENT);
    let service = service.await;
    service.signed_up("grace@example.com").await;
    stub.stop();

    let login = Login::new(&service);
    let answer = login.browser.visit(&login.url("stub")).await;
    answer.assert_page(503, "provider_unavailable");
    // The provider is not requested again before that, because the result would be the same.
    assert_eq!(answer.header("retry-after"), "5");
    service.clock.advance(TimeDelta::seconds(1));
    let once_more = login.browser.visit(&login.url("stub")).await;
    assert_eq!(once_more.assert_status(503).header("retry-after"), "4");
    let id = answer.header("x-request-id");
    let page = answer.text();
    assert!(page.contains(&format!("<code>{id}</code>")), "{page}");
    login.assert_not_logged_in(&answer);
    assert_eq!(login.error_behind(&answer), "temporarily_unavailable");
    service.log_in_by("other", &other).await;
    service.anon().logged_in("grace@example.com").await;
    service.anon().get("/readyz").await.assert_status(200);

    stub.restart();
    service.clock.advance(TimeDelta::minutes(1));
    service.log_in_by("stub", &stub).await;
}

/// The login in progress is kept for another attempt.
#[tokio::test]
async fn login_can_be_retried_after_a_provider_outage() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let login = Login::new(&service);
    let callback = login
        .browser
        .until_callback(&stub, &login.url("stub"))
        .await;
    let jar = login.browser.jar.lock().unwrap().clone();
    stub.stop();
    let answer = login.browser.open_callback(&callback).await;
    answer.assert_page(503, "provider_unavailable");
    login.assert_not_logged_in(&answer);
    stub.restart();
    service.clock.advance(TimeDelta::minutes(1));
    *login.browser.jar.lock().unwrap() = jar;
    let answer = login.browser.open_callback(&callback).await;
    login.finish(&answer).await;
}

#[tokio::test]
async fn provider_documents_are_fetched_once() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    for _ in 0..5 {
        service.log_in_by("stub", &stub).await;
    }
    assert_eq!(stub.discovery_requests(), 1);
    assert_eq!(stub.key_set_requests(), 1);
    assert_eq!(stub.token_requests(), 5);
}

#[tokio::test]
async fn new_provider_key_is_fetched_for_an_unknown_kid() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.log_in_by("stub", &stub).await;
    service.clock.advance(TimeDelta::seconds(31));
    stub.rotate();
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    assert_eq!(stub.key_set_requests(), 2);
    // Tokens with unknown keys cause no requests to the provider.
    stub.with_defect(Defect::KidUnknown);
    for _ in 0..5 {
        let login = Login::new(&service);
        let answer = login.log_in_at("stub", &stub).await;
        login.assert_not_logged_in(&answer);
    }
    assert_eq!(stub.key_set_requests(), 2);
    stub.without_defects();
    service.log_in_by("stub", &stub).await;
}

/// Both methods are supported (RFC 6749 §2.3.1), and the announced one is used.
#[rstest]
#[tokio::test]
async fn client_authentication_follows_the_metadata_of_the_provider(
    #[values("client_secret_basic", "client_secret_post")] method: &'static str,
) {
    let stub = OpenIdStub::start();
    stub.authenticating_by(method);
    let service = service_with_stub(&stub).await;
    service.log_in_by("stub", &stub).await;
}
