//! Changes of the account that renew the session keep its key.

use serde_json::{Value, json};

use super::{access_token, assert_no_proof, key_of, login, refresh_token, service_with};
use crate::support::{PASSWORD, TestService, answer::Answer, dpop::Prover};

const NEW: &str = "another horse battery staple";

async fn change(service: &TestService, authorization: &str, proof: Option<&str>) -> Answer {
    let body = json!({"current_password": PASSWORD, "new_password": NEW}).to_string();
    let mut headers = vec![
        ("authorization", authorization),
        ("content-type", "application/json"),
    ];
    headers.extend(proof.map(|proof| ("dpop", proof)));
    service
        .anon()
        .send("PUT", "/password", &headers, body)
        .await
}

fn proof(service: &TestService, prover: &Prover, token: &str) -> String {
    prover.proof_of(service, ("PUT", "/password"), token)
}

#[tokio::test]
async fn stolen_access_token_does_not_renew_a_bound_session() {
    let service = service_with("").await;
    let (prover, thief) = (Prover::new(), Prover::new());
    let answer = prover.post(&service, "/login", login()).await;
    let token = access_token(&answer);
    let bearer = format!("Bearer {token}");
    assert_no_proof(&change(&service, &bearer, None).await, "invalid_dpop_proof");
    let stolen = change(&service, &bearer, Some(&proof(&service, &thief, &token))).await;
    stolen.assert_problem(401, "invalid_token");
    // The password has not changed, so the login of the owner works.
    let answer = change(&service, &bearer, Some(&proof(&service, &prover, &token))).await;
    assert_eq!(key_of(&refresh_token(&answer)), json!(prover.thumbprint()));
}

#[tokio::test]
async fn bound_access_token_renews_the_session_with_one_proof() {
    let service = service_with("dpop_binds = 'both'").await;
    let prover = Prover::new();
    let answer = prover.post(&service, "/login", login()).await;
    let token = access_token(&answer);
    let proof = proof(&service, &prover, &token);
    let answer = change(&service, &format!("DPoP {token}"), Some(&proof)).await;
    assert_eq!(key_of(&refresh_token(&answer)), json!(prover.thumbprint()));
    assert_eq!(key_of(&access_token(&answer)), json!(prover.thumbprint()));
}

#[tokio::test]
async fn session_without_a_key_is_bound_by_a_proof() {
    let service = service_with("").await;
    let prover = Prover::new();
    let answer = service.anon().post("/login", login()).await;
    let token = access_token(&answer);
    let proof = proof(&service, &prover, &token);
    let answer = change(&service, &format!("Bearer {token}"), Some(&proof)).await;
    assert_eq!(key_of(&refresh_token(&answer)), json!(prover.thumbprint()));

    let service = service_with("").await;
    let answer = service.anon().post("/login", login()).await;
    let bearer = format!("Bearer {}", access_token(&answer));
    let answer = change(&service, &bearer, None).await;
    assert_eq!(key_of(&refresh_token(&answer)), Value::Null);
}
