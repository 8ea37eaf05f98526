//! Native apps, which get an ID token from the SDK of a provider without a redirect.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};

use super::{
    Engine, OAUTH_CLIENT, OpenIdStub, Person, ProviderSetup, TestService, service_with_stub,
};
use crate::support::{
    ApiClient,
    answer::Answer,
    dpop::{self, Prover},
    github::GitHubStub,
    openid::{CLIENT_ID, Defect, NATIVE_CLIENT_ID, Verdict},
    test_service::TestClock,
    token,
    upstream::StubProvider,
};

/// Requests a challenge and returns it with the nonce for the SDK.
async fn challenge(service: &TestService) -> (String, String) {
    let answer = service
        .anon()
        .post("/login/stub/challenge", json!({}))
        .await;
    let body = answer.assert_status(200).json();
    assert_eq!(body["expires_in"], 300, "{body}");
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("challenge"), text("nonce"))
}

async fn present(service: &TestService, challenge: &str, id_token: &str) -> Answer {
    let body = json!({"challenge": challenge, "id_token": id_token});
    service.anon().post("/login/stub/id-token", body).await
}

/// Logs in by the SDK as the stub's current user.
async fn log_in(service: &TestService, stub: &OpenIdStub) -> Answer {
    let (challenge, nonce) = challenge(service).await;
    present(service, &challenge, &stub.native_id_token(&nonce)).await
}

fn keeping<'a>(service: &'a TestService, answer: &Answer) -> ApiClient<'a> {
    let mut client = service.anon();
    client.keep(answer.assert_status(200));
    client
}

#[tokio::test]
async fn id_token_and_browser_login_give_the_same_user() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = keeping(&service, &log_in(&service, &stub).await);
    assert_eq!(ada.claims()["amr"], json!(["fed"]));
    assert_eq!(service.log_in_by("stub", &stub).await.id(), ada.id());
    let again = keeping(&service, &log_in(&service, &stub).await);
    assert_eq!(again.id(), ada.id());
    ada.set_active(false).await;
    let refused = log_in(&service, &stub).await;
    refused.assert_problem(401, "invalid_id_token");
}

/// A proof that is missing or refused does not use up the ID token.
#[tokio::test]
async fn session_of_an_id_token_is_bound_to_the_key_of_the_proof() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let prover = Prover::new();
    let (challenge, nonce) = challenge(&service).await;
    let body = json!({"challenge": challenge, "id_token": stub.native_id_token(&nonce)});
    let path = "/login/stub/id-token";
    let foreign = prover.proof(&service, "/login");
    let refused = dpop::post(&service, path, &[&foreign], body.clone()).await;
    refused.assert_problem(400, "invalid_dpop_proof");
    let answer = prover.post(&service, path, body).await;
    let session = answer.assert_status(200).json();
    let claims = token::claims(session["refresh_token"].as_str().unwrap());
    assert_eq!(claims["cnf"]["jkt"], json!(prover.thumbprint()));
}

/// An ID token works for one challenge, once, and only while recent.
#[tokio::test]
async fn id_token_is_bound_to_its_challenge() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (one, nonce) = challenge(&service).await;
    let (other, _) = challenge(&service).await;
    let id_token = stub.native_id_token(&nonce);
    let refused = |answer: Answer| {
        answer.assert_problem(401, "invalid_id_token");
        assert_eq!(answer.json()["error"], "access_denied");
        assert_eq!(answer.set_cookies(), [] as [&str; 0]);
    };
    refused(present(&service, &other, &id_token).await);
    refused(present(&service, &nonce, &id_token).await);
    refused(present(&service, "", &id_token).await);
    // A token of the browser flow has another nonce, and a token of another app has none of the
    // service.
    refused(present(&service, &one, &stub.native_id_token("")).await);
    keeping(&service, &present(&service, &one, &id_token).await);
    refused(present(&service, &one, &id_token).await);

    let (late, nonce) = challenge(&service).await;
    let id_token = stub.native_id_token(&nonce);
    service.clock.advance(TimeDelta::seconds(331));
    refused(present(&service, &late, &id_token).await);
    refused(present(&service, &late, &stub.native_id_token(&nonce)).await);
}

/// The challenge and the nonce are valid, but the token is too old: its `iat` may be five minutes
/// and the leeway in the past.
#[rstest]
#[case(TimeDelta::minutes(4), true)]
#[case(TimeDelta::seconds(331), false)]
#[tokio::test]
async fn old_id_token_is_rejected(#[case] age: TimeDelta, #[case] is_good: bool) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    // With a slow provider clock, a new token seems that old and is accepted.
    stub.use_clock(&TestClock::starting());
    service.clock.advance(age);
    let answer = log_in(&service, &stub).await;
    if is_good {
        keeping(&service, &answer);
    } else {
        answer.assert_problem(401, "invalid_id_token");
        assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    }
}

/// Apple sends the name to the app only, and the app passes it on. A known user keeps the name.
#[tokio::test]
async fn new_user_gets_the_name_sent_by_the_app() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let called = async |name: &str| {
        let (challenge, nonce) = challenge(&service).await;
        let id_token = stub.native_id_token(&nonce);
        let body = json!({"challenge": challenge, "id_token": id_token, "name": name});
        service.anon().post("/login/stub/id-token", body).await
    };
    let wrong = called(&"x".repeat(201)).await;
    wrong.assert_field(422, "invalid_field", "name");
    for name in ["Ada Lovelace", "Somebody Else"] {
        let ada = keeping(&service, &called(name).await);
        let me = ada.get("/me").await.json();
        assert_eq!(me["name"], "Ada Lovelace", "{me}");
    }
}

/// SDKs request tokens for the client id of the app or of its server.
#[rstest]
#[case(CLIENT_ID, true)]
#[case(NATIVE_CLIENT_ID, true)]
#[case("signet.example.android", false)]
#[tokio::test]
async fn id_token_for_another_audience_is_rejected(#[case] audience: &str, #[case] is_ours: bool) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (challenge, nonce) = challenge(&service).await;
    let id_token = stub.id_token_for(audience, &nonce);
    let answer = present(&service, &challenge, &id_token).await;
    if is_ours {
        keeping(&service, &answer);
    } else {
        answer.assert_problem(401, "invalid_id_token");
    }
}

#[tokio::test]
async fn challenge_is_bound_to_client_and_provider() {
    let (stub, other) = (OpenIdStub::start(), OpenIdStub::start());
    let trusts = "trusts_addresses = true";
    let both: [ProviderSetup<'_>; 2] = [("stub", &stub, trusts), ("other", &other, trusts)];
    let clients = format!("{OAUTH_CLIENT}\n[[clients]]\nclient_id = 'phone'\n");
    let service = TestService::with_providers(Engine::Sqlite, &both, &clients).await;
    let begun = service
        .anon()
        .post("/login/stub/challenge", json!({}))
        .await;
    begun.assert_problem(400, "client_id_required");
    let begun = json!({"client_id": "phone"});
    let begun = service.anon().post("/login/stub/challenge", begun).await;
    let begun = begun.assert_status(200).json();
    let nonce = begun["nonce"].as_str().unwrap();
    let present = async |stub: &OpenIdStub, provider: &str, client_id: &str| {
        let body = json!({
            "challenge": begun["challenge"], "client_id": client_id,
            "id_token": stub.native_id_token(nonce),
        });
        let path = format!("/login/{provider}/id-token");
        service.anon().post(&path, body).await
    };
    for (stub, provider, client_id) in [(&stub, "stub", "app"), (&other, "other", "phone")] {
        let answer = present(stub, provider, client_id).await;
        answer.assert_problem(401, "invalid_id_token");
    }
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    let phone = keeping(&service, &present(&stub, "stub", "phone").await);
    assert_eq!(phone.claims()["client_id"], "phone");
}

/// The email belongs to a user who never verified it: no link is made, and the app gets an
/// explanation.
#[tokio::test]
async fn id_token_with_an_email_unverified_here_links_to_no_user() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let ada = service.signed_up("ada@example.com").await;
    let forgotten = "UPDATE users SET email_verified = NULL";
    service.database.execute(forgotten).await;
    let answer = log_in(&service, &stub).await;
    answer.assert_problem(409, "log_in_and_link");
    let accounts = service.app.store.accounts_of(ada.id()).await.unwrap();
    assert_eq!(accounts.len(), 2);
}

/// O5: the token names its issuer, and the service does not connect there.
#[tokio::test]
async fn id_token_of_an_unknown_issuer_is_rejected() {
    let (stub, evil) = (OpenIdStub::start(), OpenIdStub::start());
    let service = service_with_stub(&stub).await;
    let (challenge, nonce) = challenge(&service).await;
    let answer = present(&service, &challenge, &evil.native_id_token(&nonce)).await;
    answer.assert_problem(401, "invalid_id_token");
    assert_eq!((evil.discovery_requests(), evil.key_set_requests()), (0, 0));
}

#[rstest]
#[tokio::test]
async fn id_token_with_an_unverified_email_creates_no_user(
    #[values(json!(false), json!("yes"), Value::Null)] email_verified: Value,
    #[values(false, true)] is_known: bool,
) {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    if is_known {
        service.signed_up("ada@example.com").await;
    }
    let before = service.app.store.users(None, 10).await.unwrap();
    stub.person(Person::new("sub", "ada@example.com").with_email_verified(email_verified));
    let answer = log_in(&service, &stub).await;
    answer.assert_problem(409, "address_required");
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), before);
}

#[rstest]
#[tokio::test]
async fn invalid_id_token_is_rejected(
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
    let service = service_with_stub(&stub).await;
    stub.with_defect(defect);
    let answer = log_in(&service, &stub).await;
    answer.assert_problem(401, "invalid_id_token");
    assert_eq!(service.app.store.users(None, 10).await.unwrap(), []);
    stub.without_defects();
    keeping(&service, &log_in(&service, &stub).await);
}

#[tokio::test]
async fn unreachable_provider_returns_503() {
    let stub = OpenIdStub::start();
    let service = service_with_stub(&stub).await;
    let (challenge, nonce) = challenge(&service).await;
    let id_token = stub.native_id_token(&nonce);
    stub.stop();
    let answer = present(&service, &challenge, &id_token).await;
    answer.assert_problem(503, "provider_unavailable");
    stub.restart();
    service.clock.advance(TimeDelta::minutes(1));
    keeping(&service, &present(&service, &challenge, &id_token).await);
}

#[tokio::test]
async fn github_supports_no_id_tokens() {
    let stub = GitHubStub::start();
    let upstreams: [ProviderSetup<'_>; 1] = [("stub", &stub, "")];
    let service = TestService::with_providers(Engine::Sqlite, &upstreams, OAUTH_CLIENT);
    let service = service.await;
    let answer = service
        .anon()
        .post("/login/stub/challenge", json!({}))
        .await;
    answer.assert_problem(404, "unknown_provider");
    let answer = present(&service, "challenge", "id-token").await;
    answer.assert_problem(404, "unknown_provider");
}
