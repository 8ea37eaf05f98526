//! Tokens that are bound to a key, with and without their proofs.

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
    routing::get,
};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Consumer;
use crate::{
    client::{KeyConfirmation, KeyThumbprint},
    dpop::{
        ProofRejection,
        tests::fixture::{ClientKey, with},
    },
    key_set::sha256,
    token::{
        Access,
        tests::fixture::{Mint, Sample, now, seconds},
    },
    verifier::{Authorized, AuthorizedCaller, DpopRequest, Error, Rejected, Verifier},
};

const BASE: &str = "https://api.example.com/v1";
const URL: &str = "https://api.example.com/v1/reports";

async fn consumer() -> Consumer {
    Consumer::built(Mint::new(), |builder| builder.base_url(BASE)).await
}

/// A token that is bound to this key.
fn token(consumer: &Consumer, key: &ClientKey) -> String {
    let jkt = KeyThumbprint::parse(&key.thumbprint()).unwrap();
    let access = Access {
        cnf: Some(KeyConfirmation { jkt }),
        ..Access::sample()
    };
    consumer.mint.tokens.mint(&access, now()).unwrap()
}

/// The claims of a proof for this token.
fn claims(jti: &str, token: &str) -> Value {
    let ath = sha256(token.as_bytes()).unwrap();
    json!({"htm": "GET", "htu": URL, "iat": now().timestamp(), "jti": jti, "ath": ath})
}

fn request(proof: &str) -> DpopRequest<'_> {
    DpopRequest {
        proof,
        method: "GET",
        url: URL,
    }
}

#[tokio::test]
async fn bound_token_is_accepted_with_its_proof_only() {
    let (consumer, key, thief) = (consumer().await, ClientKey::new(), ClientKey::new());
    let token = token(&consumer, &key);
    let service = &consumer.verifier;
    let bound = Err(Error::Rejected(Rejected::BoundToken));
    assert_eq!(service.verify(&token).await.map(|_| ()), bound);
    assert_eq!(service.verify_caller(&token).await.map(|_| ()), bound);

    let refused = |reason: ProofRejection| Err(Error::Rejected(Rejected::Proof(reason)));
    let valid = claims("a", &token);
    for (proof, reason) in [
        (thief.sign(&valid), ProofRejection::OtherKey),
        (
            key.sign(&with(valid.clone(), "htm", "POST")),
            ProofRejection::Method,
        ),
        (
            key.sign(&with(valid.clone(), "htu", BASE)),
            ProofRejection::Url,
        ),
        (
            key.sign(&claims("a", "another")),
            ProofRejection::AccessToken,
        ),
        (
            key.sign(&with(valid.clone(), "iat", 1)),
            ProofRejection::Stale,
        ),
        ("x".to_owned(), ProofRejection::Malformed),
    ] {
        let verified = service.verify_dpop(&token, request(&proof)).await;
        assert_eq!(verified.map(|_| ()), refused(reason));
    }
    let proof = key.sign(&valid);
    let verified = service.verify_dpop(&token, request(&proof)).await;
    assert_eq!(
        verified.unwrap().cnf.as_ref().unwrap().jkt.as_str(),
        key.thumbprint()
    );
    let repeated = service.verify_dpop(&token, request(&proof)).await;
    assert_eq!(repeated.map(|_| ()), refused(ProofRejection::Replayed));
    consumer.clock.advance(61);
    let proof = key.sign(&claims("b", &token));
    let late = service.verify_dpop(&token, request(&proof)).await;
    assert_eq!(late.map(|_| ()), refused(ProofRejection::Stale));
}

#[tokio::test]
async fn bearer_token_is_not_accepted_as_a_bound_one() {
    let (consumer, key) = (consumer().await, ClientKey::new());
    let token = consumer.token();
    let proof = key.sign(&claims("a", &token));
    let verified = consumer.verifier.verify_dpop(&token, request(&proof)).await;
    assert_eq!(
        verified.map(|_| ()),
        Err(Error::Rejected(Rejected::Unbound))
    );
}

#[tokio::test]
async fn unknown_confirmation_is_refused() {
    let consumer = consumer().await;
    let mut payload = Access::payload();
    payload["cnf"] = json!({"x5t#S256": "A".repeat(43)});
    payload["exp"] = json!((now() + seconds(300)).timestamp());
    let header = consumer.mint.header::<Access>();
    let token = consumer.mint.forge::<Access>(&header, &payload.to_string());
    let verified = consumer.verifier.verify(&token).await;
    assert_eq!(verified.map(|_| ()), Err(Error::Rejected(Rejected::Claims)));
}

async fn user(Authorized(claims): Authorized) -> String {
    claims.sub.to_string()
}

async fn caller(AuthorizedCaller(caller): AuthorizedCaller) -> String {
    caller.client_id().to_owned()
}

async fn get_with(verifier: &Verifier, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let reports = Router::new()
        .route("/reports", get(user))
        .route("/caller", get(caller));
    // The URL of a proof has the whole path.
    let router = Router::new()
        .nest("/v1", reports)
        .with_state(verifier.clone());
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    router.oneshot(request).await.unwrap()
}

#[rstest]
#[case::without_proof(0, "invalid_dpop_proof")]
#[case::with_proof(1, "")]
#[case::with_two_proofs(2, "invalid_dpop_proof")]
#[tokio::test]
async fn handler_is_reached_with_one_proof(#[case] proofs: usize, #[case] error: &str) {
    let key = ClientKey::new();
    let consumer = Consumer::built(Mint::new(), |builder| {
        builder.base_url("https://api.example.com")
    })
    .await;
    let token = token(&consumer, &key);
    let authorization = format!("DPoP {token}");
    for path in ["/v1/reports", "/v1/caller"] {
        let url = format!("https://api.example.com{path}");
        let proof = key.sign(&with(claims(path, &token), "htu", url));
        let mut headers = vec![("authorization", &*authorization), ("host", "evil.example")];
        headers.extend(vec![("dpop", &*proof); proofs]);
        let answer = get_with(&consumer.verifier, &format!("{path}?a=b"), &headers).await;
        let challenge = answer.headers().get("www-authenticate");
        let challenge = challenge.map(|it| it.to_str().unwrap().to_owned());
        if error.is_empty() {
            assert_eq!((answer.status().as_u16(), challenge), (200, None));
        } else {
            let expected = format!("DPoP error=\"{error}\", algs=\"ES256 EdDSA RS256 PS256\"");
            assert_eq!((answer.status().as_u16(), challenge), (401, Some(expected)));
        }
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer), ("dpop", &*proof)];
        let answer = get_with(&consumer.verifier, path, &headers).await;
        assert_eq!(answer.status(), 401);
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(
            challenge.starts_with("DPoP error=\"invalid_token\""),
            "{challenge}"
        );
    }
}
