//! Apps on phones, which get an ID token from a provider's SDK and no redirect.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Beside, Engine, House, OAUTH_CLIENT, OpenIdStub, Person, house_beside};
use crate::support::{
    Actor,
    answer::Answer,
    github::GitHubStub,
    house::TestClock,
    openid::{CLIENT_ID, Defect, NATIVE_CLIENT_ID, Verdict},
    upstream::Upstream,
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
    refused.assert_problem(401, "invalid_id_token");
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
        answer.assert_problem(401, "invalid_id_token");
        assert_eq!(answer.json()["error"], "access_denied");
        assert_eq!(answer.set_cookies(), [] as [&str; 0]);
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

/// The challenge is fresh, the nonce is right, and yet the token was made too long ago: its `iat` may
/// be five minutes back, and leeway.
#[rstest]
#[case(TimeDelta::minutes(4), true)]
#[case(TimeDelta::seconds(331), false)]
#[tokio::test]
async fn an_id_token_is_young(#[case] age: TimeDelta, #[case] is_good: bool) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    // A provider whose clock is slow: what it makes now is as old as that, and good for long enough.
    stub.tell_time_by(&TestClock::starting());
    house.clock.advance(age);
    let answer = log_in(&house, &stub).await;
    if is_good {
        keeping(&house, &answer);
    } else {
        answer.assert_problem(401, "invalid_id_token");
        assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
    }
}

/// Apple tells the app alone, and the app tells us. Who is known already is called what they were.
#[tokio::test]
async fn who_is_new_is_called_what_the_app_says() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let called = async |name: &str| {
        let (challenge, nonce) = challenge(&house).await;
        let id_token = stub.native_id_token(&nonce);
        let body = json!({"challenge": challenge, "id_token": id_token, "name": name});
        house.anon().post("/login/stub/id-token", body).await
    };
    let wrong = called(&"x".repeat(201)).await;
    wrong.assert_field(422, "invalid_field", "name");
    for name in ["Ada Lovelace", "Somebody Else"] {
        let ada = keeping(&house, &called(name).await);
        let me = ada.get("/me").await.json();
        assert_eq!(me["name"], "Ada Lovelace", "{me}");
    }
}

/// SDKs ask for tokens by the name of the app, or by that of its server.
#[rstest]
#[case(CLIENT_ID, true)]
#[case(NATIVE_CLIENT_ID, true)]
#[case("signet.example.android", false)]
#[tokio::test]
async fn an_id_token_is_for_one_of_our_names(#[case] audience: &str, #[case] is_ours: bool) {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let (challenge, nonce) = challenge(&house).await;
    let id_token = stub.id_token_for(audience, &nonce);
    let answer = present(&house, &challenge, &id_token).await;
    if is_ours {
        keeping(&house, &answer);
    } else {
        answer.assert_problem(401, "invalid_id_token");
    }
}

#[tokio::test]
async fn a_challenge_is_one_client_s_at_one_provider() {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [Beside<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let clients = format!("{OAUTH_CLIENT}\n[[clients]]\nclient_id = 'phone'\n");
    let house = House::beside(Engine::Sqlite, &both, &clients).await;
    let house = house.unwrap();
    let begun = house.anon().post("/login/stub/challenge", json!({})).await;
    begun.assert_problem(400, "client_id_required");
    let begun = json!({"client_id": "phone"});
    let begun = house.anon().post("/login/stub/challenge", begun).await;
    let begun = begun.assert_status(200).json();
    let nonce = begun["nonce"].as_str().unwrap();
    let present = async |stub: &OpenIdStub, provider: &str, client_id: &str| {
        let body = json!({
            "challenge": begun["challenge"], "client_id": client_id,
            "id_token": stub.native_id_token(nonce),
        });
        let path = format!("/login/{provider}/id-token");
        house.anon().post(&path, body).await
    };
    for (stub, provider, client_id) in [(&stub, "stub", "app"), (&other, "other", "phone")] {
        let answer = present(stub, provider, client_id).await;
        answer.assert_problem(401, "invalid_id_token");
    }
    assert_eq!(house.app.store.users(None, 10).await.unwrap(), []);
    let phone = keeping(&house, &present(&stub, "stub", "phone").await);
    assert_eq!(phone.claims()["client_id"], "phone");
}

/// The address has a user who never proved it: nobody is joined, and the app is told what to do.
#[tokio::test]
async fn an_address_that_was_never_verified_here_joins_nobody_by_an_app_either() {
    let stub = OpenIdStub::start();
    let house = house_beside(&stub).await;
    let ada = house.signed_up("ada@example.com").await;
    let forgotten = "UPDATE users SET email_verified = NULL";
    house.database.execute(forgotten).await;
    let answer = log_in(&house, &stub).await;
    answer.assert_problem(409, "log_in_and_link");
    let accounts = house.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// O5: it says itself who made it, and nobody asks there.
#[tokio::test]
async fn a_token_of_an_unknown_provider_leads_nowhere() {
    let (stub, evil) = (OpenIdStub::start(), OpenIdStub::start());
    let house = house_beside(&stub).await;
    let (challenge, nonce) = challenge(&house).await;
    let answer = present(&house, &challenge, &evil.native_id_token(&nonce)).await;
    answer.assert_problem(401, "invalid_id_token");
    assert_eq!(
        (evil.times_discovered(), evil.times_asked_for_keys()),
        (0, 0)
    );
}

#[rstest]
#[tokio::test]
async fn whom_nobody_vouches_for_is_not_made_by_an_app_either(
    #[values(json!(false), json!("yes"), Value::Null)] email_verified: Value,
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
    answer.assert_problem(409, "address_required");
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
    answer.assert_problem(401, "invalid_id_token");
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
    answer.assert_problem(503, "provider_unavailable");
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
    answer.assert_problem(404, "unknown_provider");
    let answer = present(&house, "challenge", "id-token").await;
    answer.assert_problem(404, "unknown_provider");
}
