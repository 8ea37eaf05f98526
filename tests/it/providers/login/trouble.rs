//! A provider that cannot be asked is its own trouble: 503 there, and everything as ever elsewhere.

use chrono::TimeDelta;
use rstest::rstest;

use super::{Beside, Engine, House, Login, OAUTH_CLIENT, OpenIdStub, house_beside};
use crate::support::openid::Defect;

#[tokio::test]
async fn a_provider_that_is_down_keeps_nobody_else_out() {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [Beside<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let house = House::beside(Engine::Sqlite, &both, OAUTH_CLIENT);
    let house = house.await.unwrap();
    house.signed_up("grace@example.com").await;
    stub.goes_down();

    let login = Login::new(&house);
    let answer = login.browser.visits(&login.url("stub")).await;
    answer.assert_page(503, "provider_unavailable");
    // It is not asked again before: everybody would only hear the same.
    assert_eq!(answer.header("retry-after"), "5");
    house.clock.advance(TimeDelta::seconds(1));
    let once_more = login.browser.visits(&login.url("stub")).await;
    assert_eq!(once_more.assert_status(503).header("retry-after"), "4");
    let id = answer.header("x-request-id");
    let page = answer.text();
    assert!(page.contains(&format!("<code>{id}</code>")), "{page}");
    login.assert_stays_out(&answer);
    assert_eq!(login.error_behind(&answer), "temporarily_unavailable");
    house.enters_by("other", &other).await;
    house.anon().logged_in("grace@example.com").await;
    house.anon().get("/readyz").await.assert_status(200);

    stub.comes_back();
    house.clock.advance(TimeDelta::minutes(1));
    house.enters_by("stub", &stub).await;
}

/// What was begun is not lost: the person tries again.
#[tokio::test]
async fn a_provider_may_go_down_in_the_midst_of_a_login() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let login = Login::new(&house);
    let callback = login.browser.as_far_as(&stub, &login.url("stub")).await;
    let jar = login.browser.jar.lock().unwrap().clone();
    stub.goes_down();
    let answer = login.browser.comes_back(&callback).await;
    answer.assert_page(503, "provider_unavailable");
    login.assert_stays_out(&answer);
    stub.comes_back();
    house.clock.advance(TimeDelta::minutes(1));
    *login.browser.jar.lock().unwrap() = jar;
    let answer = login.browser.comes_back(&callback).await;
    login.enters(&answer).await;
}

#[tokio::test]
async fn what_a_provider_publishes_is_asked_for_once() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    for _ in 0..5 {
        house.enters_by("stub", &stub).await;
    }
    assert_eq!(stub.times_discovered(), 1);
    assert_eq!(stub.times_asked_for_keys(), 1);
    assert_eq!(stub.times_asked_for_tokens(), 5);
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.enters_by("stub", &stub).await;
    house.clock.advance(TimeDelta::seconds(31));
    stub.rotate();
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    assert_eq!(stub.times_asked_for_keys(), 2);
    // Tokens that name keys which never were cost the provider nothing.
    stub.with(Defect::KidUnknown);
    for _ in 0..5 {
        let login = Login::new(&house);
        let answer = login.at("stub", &stub).await;
        login.assert_stays_out(&answer);
    }
    assert_eq!(stub.times_asked_for_keys(), 2);
    stub.repaired();
    house.enters_by("stub", &stub).await;
}

/// Both ways are known (RFC 6749 §2.3.1), and the one that the provider announces is taken.
#[rstest]
#[tokio::test]
async fn the_client_shows_who_it_is_as_the_provider_wants(
    #[values("client_secret_basic", "client_secret_post")] method: &'static str,
) {
    let stub = OpenIdStub::start();
    stub.authenticating_by(method);
    let house = house_beside(&stub).await;
    house.enters_by("stub", &stub).await;
}
