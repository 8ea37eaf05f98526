//! Grants that begin no session, and confidential clients.

use serde_json::{Value, json};

use super::{access_token, key_of};
use crate::{
    oauth::flow::{basic, confidential, service_with},
    support::{TestService, answer::Answer, dpop::Prover},
};

const URN: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const API: &str = "https://api.example.com";
const BILLING: &str = "https://billing.example.com";

fn clients(settings: &str) -> String {
    let api = format!(
        "audience = '{API}'\nmay_exchange_to = ['{BILLING}']\n\
         grants = ['token_exchange', 'client_credentials']\n{settings}"
    );
    let billing = format!("audience = '{BILLING}'\n");
    let app = format!("[[clients]]\nclient_id = 'app'\naudience = '{API}'\ndpop_binds = 'both'\n");
    [
        app,
        confidential("api", &api),
        confidential("billing", &billing),
    ]
    .concat()
}

async fn send(service: &TestService, proof: Option<&str>, form: &[(&str, &str)]) -> Answer {
    let credentials = basic("api", crate::oauth::flow::SECRET);
    let mut headers = vec![
        ("authorization", &*credentials),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    headers.extend(proof.map(|proof| ("dpop", proof)));
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    service.anon().send("POST", "/token", &headers, body).await
}

const CREDENTIALS: &[(&str, &str)] = &[("grant_type", "client_credentials")];

#[tokio::test]
async fn client_credentials_bind_the_access_token() {
    let service = service_with(&clients("dpop_binds = 'both'")).await;
    let prover = Prover::new();
    let proof = prover.proof(&service, "/token");
    let answer = send(&service, Some(&proof), CREDENTIALS).await;
    assert_eq!(answer.assert_status(200).json()["token_type"], "DPoP");
    assert_eq!(key_of(&access_token(&answer)), json!(prover.thumbprint()));
    let repeated = send(&service, Some(&proof), CREDENTIALS).await;
    repeated.assert_oauth_error(400, "use_dpop_nonce");
    let answer = send(&service, None, CREDENTIALS).await;
    assert_eq!(answer.assert_status(200).json()["token_type"], "Bearer");
    let answer = send(&service, Some("x"), CREDENTIALS).await;
    answer.assert_oauth_error(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn required_client_needs_a_proof_for_every_grant() {
    let service = service_with(&clients("dpop = 'required'")).await;
    let answer = send(&service, None, CREDENTIALS).await;
    answer.assert_oauth_error(400, "invalid_dpop_proof");
    let prover = Prover::new();
    let proof = prover.proof(&service, "/token");
    let answer = send(&service, Some(&proof), CREDENTIALS).await;
    // Only refresh tokens are bound, and this grant has none.
    assert_eq!(answer.assert_status(200).json()["token_type"], "Bearer");
}

#[tokio::test]
async fn exchanged_token_is_bound_to_the_key_of_the_service() {
    let service = service_with(&clients("dpop_binds = 'both'")).await;
    let (user, api) = (Prover::new(), Prover::new());
    let body = json!({
        "email": "ada@example.com", "password": crate::support::PASSWORD, "client_id": "app",
    });
    let answer = user.post(&service, "/login", body).await;
    let subject = access_token(&answer);
    assert_eq!(key_of(&subject), json!(user.thumbprint()));
    let form = [
        ("grant_type", URN),
        ("subject_token", &*subject),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", BILLING),
    ];
    let proof = api.proof(&service, "/token");
    let answer = send(&service, Some(&proof), &form).await;
    assert_eq!(answer.assert_status(200).json()["token_type"], "DPoP");
    assert_eq!(key_of(&access_token(&answer)), json!(api.thumbprint()));
    let answer = send(&service, None, &form).await;
    assert_eq!(answer.assert_status(200).json()["token_type"], "Bearer");
    assert_eq!(key_of(&access_token(&answer)), Value::Null);
}
