//! `DPoP` (RFC 9449): tokens that are bound to the key of the client.

mod binding;
mod codes;
mod forged;
mod grants;
mod nonces;
mod renewal;
mod resources;
mod upgrade;

use serde_json::{Value, json};

use crate::support::{PASSWORD, TestService, answer::Answer, dpop::Prover, token};

const ADA: &str = "ada@example.com";

/// A service with the client `app`, which has these settings, and a user.
async fn service_with(settings: &str) -> TestService {
    let service = TestService::with(&client(settings)).await;
    sign_up(&service).await;
    service
}

fn client(settings: &str) -> String {
    format!("[[clients]]\nclient_id = 'app'\nscopes = ['read']\n{settings}")
}

/// Creates the user. The session that this begins is bound to a key that is thrown away.
async fn sign_up(service: &TestService) {
    let ada = service.anon();
    let asked = json!({"email": ADA, "client_id": "app"});
    ada.post("/signup", asked).await.assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    let body = json!({"token": token, "password": PASSWORD});
    let confirmed = Prover::new().post(service, "/signup/confirm", body).await;
    confirmed.assert_status(201);
}

fn login() -> Value {
    json!({"email": ADA, "password": PASSWORD, "client_id": "app"})
}

/// Logs in with a proof, and returns the refresh token.
async fn bound(service: &TestService, prover: &Prover) -> String {
    let answer = prover.post(service, "/login", login()).await;
    refresh_token(&answer)
}

/// Logs in without a proof, and returns the refresh token.
async fn unbound(service: &TestService) -> String {
    refresh_token(&service.anon().post("/login", login()).await)
}

#[track_caller]
fn refresh_token(answer: &Answer) -> String {
    let body = answer.assert_status(200).json();
    body["refresh_token"].as_str().unwrap().to_owned()
}

#[track_caller]
fn access_token(answer: &Answer) -> String {
    let body = answer.json();
    body["access_token"].as_str().unwrap().to_owned()
}

/// The key that a token is bound to.
fn key_of(token: &str) -> Value {
    token::claims(token)["cnf"]["jkt"].clone()
}

/// Asserts an error of a route that mints tokens, and that nothing was minted.
#[track_caller]
fn assert_no_proof(answer: &Answer, code: &str) {
    answer.assert_problem(400, code);
    assert_eq!(answer.json()["error"], code);
    assert_nothing_minted(answer);
    assert_eq!(answer.header("www-authenticate"), "");
    let has_nonce = !answer.header("dpop-nonce").is_empty();
    assert_eq!(has_nonce, code == "use_dpop_nonce", "{}", answer.text());
}

#[track_caller]
fn assert_nothing_minted(answer: &Answer) {
    assert!(!answer.text().contains("_token\":"), "{}", answer.text());
    assert!(answer.set_cookies().is_empty());
}
