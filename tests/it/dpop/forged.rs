//! Proofs that are refused at `/refresh`, each with its cause, and nothing is minted.

use rstest::rstest;
use serde_json::{Value, json};

use super::{assert_no_proof, bound, service_with};
use crate::support::{
    TestService,
    dpop::{Prover, post, with},
    openid::encode,
};

/// Changes the header and the claims of a valid proof.
type Forgery = fn(&Prover, &Value, &Value) -> String;

fn signed(prover: &Prover, header: &Value, claims: &Value) -> String {
    prover.sign_texts(&header.to_string(), &claims.to_string())
}

fn with_header(name: &'static str, value: Value) -> impl Fn(&Prover, &Value, &Value) -> String {
    move |prover, header, claims| signed(prover, &with(header.clone(), name, value.clone()), claims)
}

fn with_claim(name: &'static str, value: Value) -> impl Fn(&Prover, &Value, &Value) -> String {
    move |prover, header, claims| signed(prover, header, &with(claims.clone(), name, value.clone()))
}

fn unsigned(_: &Prover, header: &Value, claims: &Value) -> String {
    let header = with(header.clone(), "alg", "none").to_string();
    let claims = claims.to_string();
    format!(
        "{}.{}.",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    )
}

fn with_private_key(prover: &Prover, header: &Value, claims: &Value) -> String {
    let jwk = with(header["jwk"].clone(), "d", encode([7; 32].as_slice()));
    signed(prover, &with(header.clone(), "jwk", jwk), claims)
}

fn with_other_key(prover: &Prover, header: &Value, claims: &Value) -> String {
    signed(
        prover,
        &with(header.clone(), "jwk", Prover::new().jwk()),
        claims,
    )
}

fn with_repeated_claim(prover: &Prover, header: &Value, claims: &Value) -> String {
    let claims = claims.to_string().replacen('{', r#"{"htm":"POST","#, 1);
    prover.sign_texts(&header.to_string(), &claims)
}

fn with_repeated_header(prover: &Prover, header: &Value, claims: &Value) -> String {
    let header = header.to_string().replacen('{', r#"{"typ":"dpop+jwt","#, 1);
    prover.sign_texts(&header, &claims.to_string())
}

fn without_claims(prover: &Prover, header: &Value, _: &Value) -> String {
    signed(prover, header, &json!({}))
}

fn with_changed_signature(prover: &Prover, header: &Value, claims: &Value) -> String {
    let proof = signed(prover, header, claims);
    let (message, _) = proof.rsplit_once('.').unwrap();
    format!("{message}.{}", encode([1; 64].as_slice()))
}

async fn refuses(service: &TestService, prover: &Prover, token: &str, proof: &str) -> String {
    let body = json!({"refresh_token": token});
    let answer = post(service, "/refresh", &[proof], body).await;
    assert_no_proof(&answer, "invalid_dpop_proof");
    prover.refresh(service, token).await.assert_status(200);
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[rstest]
#[case::unsigned(unsigned, "alg must be")]
#[case::private_key(with_private_key, "private members")]
#[case::other_key(with_other_key, "signature")]
#[case::changed_signature(with_changed_signature, "signature")]
#[case::repeated_claim(with_repeated_claim, "required, each once")]
#[case::repeated_header(with_repeated_header, "each member once")]
#[case::no_claims(without_claims, "are required")]
#[tokio::test]
async fn forged_proof_is_refused(#[case] forgery: Forgery, #[case] cause: &str) {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let claims = prover.claims(&service, "POST", "/refresh");
    let proof = forgery(&prover, &prover.header(), &claims);
    let detail = refuses(&service, &prover, &token, &proof).await;
    assert!(detail.contains(cause), "{detail}");
}

#[tokio::test]
async fn wrong_headers_are_refused() {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    for (name, value, cause) in [
        ("alg", json!("HS256"), "alg must be"),
        ("alg", json!("ES384"), "alg must be"),
        ("alg", json!("RS256"), "jwk must be"),
        ("typ", json!("at+jwt"), "typ dpop+jwt"),
        ("typ", json!("JWT"), "typ dpop+jwt"),
        ("crit", json!(["exp"]), "no crit"),
        ("jwk", json!({"kty": "oct", "k": "AAAA"}), "private members"),
        ("jwk", json!({"kty": "EC", "crv": "P-384"}), "jwk must be"),
        ("jwk", Value::Null, "jwk must be"),
    ] {
        let claims = prover.claims(&service, "POST", "/refresh");
        let proof = with_header(name, value.clone())(&prover, &prover.header(), &claims);
        let detail = refuses(&service, &prover, &token, &proof).await;
        assert!(detail.contains(cause), "{name} {value}: {detail}");
    }
}

#[tokio::test]
async fn proofs_of_other_requests_are_refused() {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let url = service.app.config.issuer.endpoint("/refresh");
    for (name, value, cause) in [
        ("htm", json!("GET"), "htm is not"),
        ("htm", json!("post"), "htm is not"),
        ("htu", json!(format!("{url}/")), "htu is not"),
        ("htu", json!(format!("{url}?a=b")), "htu is not"),
        ("htu", json!(format!("{url}#a")), "htu is not"),
        (
            "htu",
            json!(url.replace("/refresh", "/token")),
            "htu is not",
        ),
        (
            "htu",
            json!("https://auth.example.com:444/refresh"),
            "htu is not",
        ),
        (
            "htu",
            json!("http://auth.example.com/refresh"),
            "htu is not",
        ),
        ("htu", json!("https://evil.example/refresh"), "htu is not"),
        ("htu", json!("/refresh"), "htu is not"),
        ("iat", json!("now"), "are required"),
        ("jti", json!(""), "are required"),
        ("jti", json!("j".repeat(257)), "are required"),
    ] {
        let claims = prover.claims(&service, "POST", "/refresh");
        let proof = with_claim(name, value.clone())(&prover, &prover.header(), &claims);
        let detail = refuses(&service, &prover, &token, &proof).await;
        assert!(detail.contains(cause), "{name} {value}: {detail}");
    }
}

/// A proxy may rewrite `Host`, and a client can send any. The URL of a proof is that of the issuer.
#[tokio::test]
async fn host_of_the_request_does_not_matter() {
    let service = service_with("").await;
    let prover = Prover::new();
    let token = bound(&service, &prover).await;
    let body = json!({"refresh_token": token}).to_string();
    let evil = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
        ("content-type", "application/json"),
    ];
    let send = async |proof: &str| {
        let headers = [&evil[..], &[("dpop", proof)]].concat();
        let client = service.anon();
        client
            .send("POST", "/refresh", &headers, body.clone())
            .await
    };
    let proof = prover.proof(&service, "/refresh");
    send(&proof).await.assert_status(200);
    let claims = prover.claims(&service, "POST", "/refresh");
    let proof = prover.sign(&with(claims, "htu", "http://evil.example/refresh"));
    assert_no_proof(&send(&proof).await, "invalid_dpop_proof");
}
