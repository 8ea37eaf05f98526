//! Access tokens that are bound to a key, at the routes of the service.

use serde_json::{Value, json};

use super::{access_token, key_of, login, refresh_token, service_with};
use crate::support::{
    TestService,
    answer::Answer,
    dpop::{Prover, present, s256, with},
};

const BOTH: &str = "dpop_binds = 'both'\nscopes = ['openid', 'read']";

async fn service() -> TestService {
    TestService::with(&format!("[[clients]]\nclient_id = 'app'\n{BOTH}")).await
}

/// A service with a user, and the access token of a login.
async fn logged_in(prover: &Prover) -> (TestService, String) {
    let service = service().await;
    super::sign_up(&service).await;
    let answer = prover.post(&service, "/login", login()).await;
    assert_eq!(answer.assert_status(200).json()["token_type"], "DPoP");
    let token = access_token(&answer);
    (service, token)
}

/// Asserts an error of a route that reads an access token.
#[track_caller]
pub(super) fn assert_refused(answer: &Answer, code: &str) {
    answer.assert_problem(401, code);
    let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
    let algorithms = "ES256 EdDSA RS256 PS256";
    let expected = format!("DPoP error=\"{code}\", algs=\"{algorithms}\"");
    assert_eq!(challenges, [&*expected]);
    let has_nonce = !answer.header("dpop-nonce").is_empty();
    assert_eq!(has_nonce, code == "use_dpop_nonce");
}

#[tokio::test]
async fn bound_access_token_is_accepted_with_its_proof() {
    let prover = Prover::new();
    let (service, token) = logged_in(&prover).await;
    assert_eq!(key_of(&token), json!(prover.thumbprint()));
    for (scheme, path) in [("DPoP", "/me"), ("dpop", "/userinfo"), ("DPoP", "/session")] {
        let request = ("GET", path);
        let proof = prover.proof_of(&service, request, &token);
        let authorization = format!("{scheme} {token}");
        let answer = present(&service, request, &authorization, &[&proof]).await;
        answer.assert_status(200);
        // The proof is used up.
        let answer = present(&service, request, &authorization, &[&proof]).await;
        assert_refused(&answer, "use_dpop_nonce");
    }
    // The query is not a part of the URL in a proof.
    let proof = prover.proof_of(&service, ("GET", "/me"), &token);
    let authorization = format!("DPoP {token}");
    let answer = present(&service, ("GET", "/me?a=b"), &authorization, &[&proof]).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn stolen_access_token_is_useless_without_its_key() {
    let (prover, thief) = (Prover::new(), Prover::new());
    let (service, token) = logged_in(&prover).await;
    let request = ("GET", "/me");
    let bearer = present(&service, request, &format!("Bearer {token}"), &[]).await;
    assert_refused(&bearer, "invalid_token");
    let proof = prover.proof_of(&service, request, &token);
    let bearer = present(&service, request, &format!("Bearer {token}"), &[&proof]).await;
    assert_refused(&bearer, "invalid_token");
    let form = [("access_token", &*token)];
    let posted = service.anon().post_form("/userinfo", &form).await;
    assert_refused(&posted, "invalid_token");

    let dpop = format!("DPoP {token}");
    let claims = || prover.claims(&service, "GET", "/me");
    for proofs in [
        vec![],
        vec![thief.proof_of(&service, request, &token)],
        vec![prover.sign(&claims())],
        vec![prover.sign(&with(claims(), "ath", s256("another token")))],
        vec![prover.sign(&with(claims(), "ath", Value::Null))],
        vec![prover.proof_of(&service, ("POST", "/me"), &token)],
        vec![prover.proof_of(&service, ("GET", "/session"), &token)],
        vec![prover.proof_of(&service, request, &token), "x".to_owned()],
        vec!["x".repeat(5 * 1024)],
    ] {
        let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
        let answer = present(&service, request, &dpop, &proofs).await;
        assert_refused(&answer, "invalid_dpop_proof");
    }
    let answer = present(&service, request, &dpop, &[&proof]).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn bearer_token_is_not_accepted_as_a_bound_one() {
    let service = service_with("").await;
    let prover = Prover::new();
    let answer = prover.post(&service, "/login", login()).await;
    let token = access_token(&answer);
    let proof = prover.proof_of(&service, ("GET", "/me"), &token);
    let dpop = format!("DPoP {token}");
    let answer = present(&service, ("GET", "/me"), &dpop, &[&proof]).await;
    answer.assert_problem(401, "invalid_token");
    // With a proof beside a bearer token, as clients send it, the proof is not needed.
    let bearer = format!("Bearer {token}");
    let answer = present(&service, ("GET", "/me"), &bearer, &[&proof]).await;
    answer.assert_status(200);
}

#[tokio::test]
async fn refreshed_tokens_keep_the_binding() {
    let prover = Prover::new();
    let (service, _) = logged_in(&prover).await;
    let answer = prover.post(&service, "/login", login()).await;
    let answer = prover.refresh(&service, &refresh_token(&answer)).await;
    assert_eq!(answer.assert_status(200).json()["token_type"], "DPoP");
    for token in [access_token(&answer), refresh_token(&answer)] {
        assert_eq!(key_of(&token), json!(prover.thumbprint()));
    }
}

#[tokio::test]
async fn login_without_a_proof_yields_bearer_tokens() {
    let (service, _) = logged_in(&Prover::new()).await;
    let answer = service.anon().post("/login", login()).await;
    assert_eq!(answer.assert_status(200).json()["token_type"], "Bearer");
    assert_eq!(key_of(&access_token(&answer)), Value::Null);
}
