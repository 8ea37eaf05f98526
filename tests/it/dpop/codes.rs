//! Authorization codes that are bound to a key (RFC 9449 §10).

use rstest::rstest;
use serde_json::{Value, json};

use super::{ADA, access_token, key_of, refresh_token, sign_up};
use crate::support::{
    Engine, PASSWORD, TestService,
    answer::Answer,
    dpop::{Prover, post_token},
    oauth_client::{Login, OAUTH_CLIENT, REDIRECT_URI},
    openid::{OpenIdStub, Person},
    upstream::ProviderSetup,
};

async fn service_with(settings: &str) -> TestService {
    let clients = format!("{OAUTH_CLIENT}{settings}");
    let service = TestService::with_providers(Engine::Sqlite, &[], &clients).await;
    sign_up(&service).await;
    service
}

/// Logs in on the login page, and returns the code.
async fn code(login: &Login<'_>, more: &str) -> String {
    let page = login
        .browser
        .visit(&format!("{}{more}", login.url("")))
        .await;
    page.assert_status(200);
    let (action, mut form) = page.form();
    for (name, value) in &mut form {
        match name.as_str() {
            "email" => ADA.clone_into(value),
            "password" => PASSWORD.clone_into(value),
            _ => {}
        }
    }
    login.code(&login.browser.post_form(&action, &form).await)
}

async fn redeem(service: &TestService, login: &Login<'_>, code: &str, proofs: &[&str]) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", &login.verifier),
    ];
    post_token(service, proofs, &form).await
}

#[tokio::test]
async fn code_with_a_key_is_redeemed_only_with_its_proof() {
    let service = service_with("").await;
    let (prover, thief) = (Prover::new(), Prover::new());
    let login = Login::new(&service);
    let asked = format!("&dpop_jkt={}", prover.thumbprint());
    let code = code(&login, &asked).await;
    let foreign = thief.proof(&service, "/token");
    for proofs in [&[][..], &[&*foreign]] {
        let answer = redeem(&service, &login, &code, proofs).await;
        answer.assert_oauth_error(400, "invalid_grant");
        assert_eq!(answer.header("dpop-nonce"), "");
    }
    // The code is not used up.
    let proof = prover.proof(&service, "/token");
    let answer = redeem(&service, &login, &code, &[&proof]).await;
    assert_eq!(key_of(&refresh_token(&answer)), json!(prover.thumbprint()));
}

#[tokio::test]
async fn code_without_a_key_is_bound_by_its_proof() {
    let service = service_with("").await;
    let prover = Prover::new();
    let login = Login::new(&service);
    let proof = prover.proof(&service, "/token");
    let bound = redeem(&service, &login, &code(&login, "").await, &[&proof]).await;
    assert_eq!(key_of(&refresh_token(&bound)), json!(prover.thumbprint()));
    let login = Login::new(&service);
    let unbound = redeem(&service, &login, &code(&login, "").await, &[]).await;
    assert_eq!(key_of(&refresh_token(&unbound)), Value::Null);
}

#[tokio::test]
async fn nonce_does_not_use_up_the_code() {
    let service = service_with("dpop = 'required'").await;
    let prover = Prover::ahead(chrono::TimeDelta::minutes(10));
    let login = Login::new(&service);
    let code = code(&login, "").await;
    let missing = redeem(&service, &login, &code, &[]).await;
    missing.assert_oauth_error(400, "invalid_dpop_proof");
    let proof = prover.proof(&service, "/token");
    let refused = redeem(&service, &login, &code, &[&proof]).await;
    refused.assert_oauth_error(400, "use_dpop_nonce");
    let nonce = refused.header("dpop-nonce");
    let proof = prover.proof_with(&service, "/token", nonce);
    refresh_token(&redeem(&service, &login, &code, &[&proof]).await);
}

#[rstest]
#[case("x")]
#[case("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4IA")]
#[case("0ZcOCORZNYy+DWpqq30jZyJGHTN0d2HglBV3uiguA4I")]
#[tokio::test]
async fn malformed_key_is_an_error_of_the_request(#[case] jkt: &str) {
    let service = service_with("").await;
    let login = Login::new(&service);
    let jkt = jkt.replace('+', "%2B");
    let url = format!("{}&dpop_jkt={jkt}", login.url(""));
    let answer = login.browser.visit(&url).await;
    assert_eq!(login.error(&answer).as_deref(), Some("invalid_request"));
    assert!(answer.header("location").contains("dpop_jkt"));
}

/// A code for an account to link is bound as well: by the bound access token of the request, or by a proof of its own.
#[rstest]
#[case::refresh_tokens_are_bound("dpop_binds = 'refresh'")]
#[case::access_tokens_are_bound("dpop_binds = 'both'")]
#[tokio::test]
async fn code_of_an_account_is_redeemed_only_with_the_proof_of_its_key(#[case] binds: &str) {
    let stub = OpenIdStub::start();
    stub.person(Person::new("sub", "ada@elsewhere.example"));
    let clients = format!("{OAUTH_CLIENT}{binds}");
    let providers: [ProviderSetup<'_>; 1] = [("stub", &stub, "")];
    let service = TestService::with_providers(Engine::Sqlite, &providers, &clients).await;
    sign_up(&service).await;
    let (prover, other) = (Prover::new(), Prover::new());
    let code_for = async |key: String| {
        let login = Login::new(&service);
        let start = format!("{}&intent=link&dpop_jkt={key}", login.url("stub"));
        let answer = login.browser.log_in_through(&stub, &start).await;
        login.link_request(&login.code(&answer))
    };
    let session = prover.post(&service, "/login", super::login()).await;
    let (access, is_bound) = (access_token(&session), binds.contains("both"));
    // Sends the code with an access token of `prover`, and with a proof of this key.
    let link = async |code: &Value, key: Option<&Prover>| {
        let request = ("POST", "/me/accounts");
        let proof = key.map(|key| {
            if is_bound {
                key.proof_of(&service, request, &access)
            } else {
                key.proof(&service, request.1)
            }
        });
        let scheme = if is_bound { "DPoP" } else { "Bearer" };
        let authorization = format!("{scheme} {access}");
        let mut headers = vec![
            ("content-type", "application/json"),
            ("authorization", &*authorization),
        ];
        headers.extend(proof.as_deref().map(|proof| ("dpop", proof)));
        let body = code.to_string();
        let client = service.anon();
        client.send("POST", "/me/accounts", &headers, body).await
    };
    let (foreign, own) = (
        code_for(other.thumbprint()).await,
        code_for(prover.thumbprint()).await,
    );
    let refused = link(&foreign, Some(&prover)).await;
    refused.assert_problem(400, "invalid_code");
    if !is_bound {
        for (code, key) in [(&foreign, None), (&own, None), (&own, Some(&other))] {
            let refused = link(code, key).await;
            refused.assert_problem(400, "invalid_code");
        }
        link(&foreign, Some(&other)).await.assert_status(201);
    }
    link(&own, Some(&prover)).await.assert_status(201);
}
