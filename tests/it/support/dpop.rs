//! A client with a key that makes `DPoP` proofs (RFC 9449), and can forge them.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{TestService, answer::Answer, openid::encode};

/// A client with a key.
pub struct Prover {
    pair: EcdsaKeyPair,
    made: AtomicU64,
    clock_ahead: TimeDelta,
}

impl Prover {
    pub fn new() -> Self {
        Self::ahead(TimeDelta::zero())
    }

    /// A client whose clock is ahead by this time.
    pub fn ahead(clock_ahead: TimeDelta) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        Self {
            pair: EcdsaKeyPair::generate(algorithm).unwrap(),
            made: AtomicU64::new(0),
            clock_ahead,
        }
    }

    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
    }

    pub fn thumbprint(&self) -> String {
        // The members are in the order of RFC 7638 §3.2.
        let jwk = self.jwk();
        let text = format!(
            r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#,
            jwk["x"], jwk["y"]
        );
        s256(&text)
    }

    pub fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()})
    }

    /// The claims of a new proof for this request.
    pub fn claims(&self, service: &TestService, method: &str, path: &str) -> Value {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        json!({
            "htm": method,
            "htu": service.app.config.issuer.endpoint(path),
            "iat": (service.clock.now() + self.clock_ahead).timestamp(),
            "jti": number.to_string(),
        })
    }

    /// The claims of a new proof for a request to another server, with the time of this machine.
    pub fn claims_now(&self, method: &str, url: &str) -> Value {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let iat = (chrono::Utc::now() + self.clock_ahead).timestamp();
        json!({"htm": method, "htu": url, "iat": iat, "jti": number.to_string()})
    }

    /// Signs these texts as header and claims.
    pub fn sign_texts(&self, header: &str, claims: &str) -> String {
        let message = format!(
            "{}.{}",
            encode(header.as_bytes()),
            encode(claims.as_bytes())
        );
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        format!("{message}.{}", encode(signature.unwrap().as_ref()))
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_texts(&self.header().to_string(), &claims.to_string())
    }

    /// A new proof for a `POST` request to this path.
    pub fn proof(&self, service: &TestService, path: &str) -> String {
        self.sign(&self.claims(service, "POST", path))
    }

    /// A new proof with this nonce.
    pub fn proof_with(&self, service: &TestService, path: &str, nonce: &str) -> String {
        self.sign(&with(self.claims(service, "POST", path), "nonce", nonce))
    }

    /// A new proof for a request that presents an access token.
    pub fn proof_of(&self, service: &TestService, request: (&str, &str), token: &str) -> String {
        let (method, path) = request;
        self.sign(&with(
            self.claims(service, method, path),
            "ath",
            s256(token),
        ))
    }

    /// Sends JSON with a new proof.
    pub async fn post(&self, service: &TestService, path: &str, body: Value) -> Answer {
        post(service, path, &[&self.proof(service, path)], body).await
    }

    /// Refreshes at `/refresh` with a new proof.
    pub async fn refresh(&self, service: &TestService, token: &str) -> Answer {
        self.post(service, "/refresh", json!({"refresh_token": token}))
            .await
    }

    /// Sends a form to `/token` with a new proof.
    pub async fn token(&self, service: &TestService, form: &[(&str, &str)]) -> Answer {
        post_token(service, &[&self.proof(service, "/token")], form).await
    }
}

/// The SHA-256 of a text in base64url.
pub fn s256(text: &str) -> String {
    encode(digest(&SHA256, text.as_bytes()).as_ref())
}

/// These claims with another one.
pub fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

fn headers<'a>(media_type: &'a str, proofs: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let proofs = proofs.iter().map(|proof| ("dpop", *proof));
    proofs.chain([("content-type", media_type)]).collect()
}

/// Sends JSON with these proofs.
pub async fn post(service: &TestService, path: &str, proofs: &[&str], body: Value) -> Answer {
    let headers = headers("application/json", proofs);
    let client = service.anon();
    client.send("POST", path, &headers, body.to_string()).await
}

/// Sends a form to `/token` with these proofs.
pub async fn post_token(service: &TestService, proofs: &[&str], form: &[(&str, &str)]) -> Answer {
    let headers = headers("application/x-www-form-urlencoded", proofs);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    service.anon().send("POST", "/token", &headers, body).await
}

/// Sends a request that presents a token by this scheme, with these proofs.
pub async fn present(
    service: &TestService,
    (method, path): (&str, &str),
    authorization: &str,
    proofs: &[&str],
) -> Answer {
    let mut headers = headers("application/json", proofs);
    headers.pop();
    headers.push(("authorization", authorization));
    service.anon().send(method, path, &headers, "").await
}
