//! Apps on phones, which get an ID token from a provider's SDK and no redirect.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Beside, Engine, House, OAUTH_CLIENT, OpenIdStub, Person, house_beside};
use crate::support::{
    Actor,
    answer::Answer,
    github::GitHubStub,
    openid::{Defect, Verdict},
};

/// A challenge and the nonce for the SDK.
async fn challenge(house: &House) -> (String, String) {
    let answer = house.anon().post("/login/stub/challenge", json!({})).await;
    let body = answer.assert_status(200).json();
    assert_eq!(body["expires_in"], 300, "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("challenge"), text("nonce"))
}

async fn present(house: &House, challenge: &str, id_token: &str) -> Answer {
    let body = json!({"challenge": challenge, "id_token": id_token});
    house.anon().post("/login/stub/id-token", body).await
}

/// Logs in by the SDK, as whoever sits before the stub.
async fn log_in(house: &House, stub: &OpenIdStub) -> Answer {
    let (challenge, nonce) = challenge(house).await;
    present(house, &challenge, &stub.native_id_token(&nonce)).await
}

fn keeping<'a>(house: &'a House, answer: &Answer) -> Actor<'a> {
    let mut actor = house.anon();
    actor.keep(answer.assert_status(200));
    actor
}

#[tokio::test]
async fn the_person_of_an_id_token_is_the_one_of_the_browser() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = keeping(&house, &log_in(&house, &stub).await);
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    assert_eq!(house.enters_by("stub", &stub).await.id(), ada.id());
    let again = keeping(&house, &log_in(&house, &stub).await);
    assert_eq!(again.id(), ada.id());
    ada.set_active(false).await;
    let refused = log_in(&house, &stub).await;
    assert!((400..500).contains(&refused.status), "{}", refused.text());
}

/// An ID token is for one challenge, once, and young.
#[tokio::test]
async fn an_id_token_is_good_for_its_challenge_alone() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (one, nonce) = challenge(&house).await;
    let (other, _) = challenge(&house).await;
    let id_token = stub.native_id_token(&nonce);
    let refused = |answer: Answer| {
        assert!((400..500).contains(&answer.status), "{}", answer.text());
        assert!(!answer.text().contains("access_token"));
    };
    refused(present(&house, &other, &id_token).await);
    refused(present(&house, &nonce, &id_token).await);
    refused(present(&house, "", &id_token).await);
    // A token of the browser's way has a nonce of its own, and one of another app none of ours.
    refused(present(&house, &one, &stub.native_id_token("")).await);
    keeping(&house, &present(&house, &one, &id_token).await);
    refused(present(&house, &one, &id_token).await);

    let (late, nonce) = challenge(&house).await;
    let id_token = stub.native_id_token(&nonce);
    house.clock.advance(TimeDelta::seconds(331));
    refused(present(&house, &late, &id_token).await);
    refused(present(&house, &late, &stub.native_id_token(&nonce)).await);
}

/// O5: it says itself who made it, and nobody asks there.
#[tokio::test]
async fn a_token_of_an_unknown_provider_leads_nowhere() {
    let (stub, evil) = (OpenIdStub::start(), OpenIdStub::start());
    let house = house_beside(&stub).await;
    let (challenge, nonce) = challenge(&house).await;
    let answer = present(&house, &challenge, &evil.native_id_token(&nonce)).await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    assert_eq!(
        (evil.times_discovered(), evil.times_asked_for_keys()),
        (0, 0)
    );
}

#[rstest]
#[tokio::test]
async fn whom_nobody_vouches_for_is_not_made_by_an_app_either(
    #[values(json!(false), json!("true"), Value::Null)] email_verified: Value,
    #[values(false, true)] is_known: bool,
) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    if is_known {
        house.signed_up("ada@example.com").await;
    }
    let before = house.app.store.users(None, 10).await.unwrap();
    stub.person(Person::new("sub", "ada@example.com").verified(email_verified));
    let answer = log_in(&house, &stub).await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), before);
}

#[rstest]
#[tokio::test]
async fn a_bad_id_token_is_bad_here_too(
    #[values(
        Defect::AlgNone,
        Defect::AlgHs256,
        Defect::SignatureOfAnotherKey,
        Defect::JwkInHeader,
        Defect::IssOther,
        Defect::AudOther,
        Defect::AudWithStranger,
        Defect::AzpOther,
        Defect::AzpMissing,
        Defect::ExpPast,
        Defect::IatMissing,
        Defect::IatFuture,
        Defect::NonceMissing,
        Defect::NonceOther,
        Defect::SubMissing,
        Defect::TypAccessToken,
        Defect::MemberTwice
    )]
    defect: Defect,
) {
    assert_eq!(defect.verdict(), Verdict::Refused);
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    stub.with(defect);
    let answer = log_in(&house, &stub).await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
    stub.repaired();
    keeping(&house, &log_in(&house, &stub).await);
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_is_no_fault_of_the_app() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (challenge, nonce) = challenge(&house).await;
    let id_token = stub.native_id_token(&nonce);
    stub.goes_down();
    let answer = present(&house, &challenge, &id_token).await;
    answer.assert_status(503);
    stub.comes_back();
    house.clock.advance(TimeDelta::minutes(1));
    keeping(&house, &present(&house, &challenge, &id_token).await);
}

#[tokio::test]
async fn there_are_no_id_tokens_of_github() {
    let stub = GitHubStub::start();
    let upstreams: [Beside<'_>; 1] = [("stub", &stub, "")];
    let house = House::beside(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    let house = house.await.unwrap();
    let answer = house.anon().post("/login/stub/challenge", json!({})).await;
    assert!((400..500).contains(&answer.status), "{}", answer.text());
}
