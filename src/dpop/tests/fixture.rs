//! A client that makes proofs, and can forge them.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    dpop::{PresentedProof, Proof, ProofRejection, ProofTarget},
    key_set::{ProofAlgorithm, ProofKey},
};

pub(crate) const URL: &str = "https://auth.example.com/token";

pub(crate) fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key of a client.
pub(crate) struct ClientKey(EcdsaKeyPair);

impl ClientKey {
    pub(crate) fn new() -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        Self(EcdsaKeyPair::generate(algorithm).unwrap())
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
    }

    pub(crate) fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let key = ProofKey::read(&jwk, ProofAlgorithm::Es256);
        key.ok().unwrap().thumbprint().to_string()
    }

    pub(crate) fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()})
    }

    /// Signs these texts as header and claims.
    pub(crate) fn sign_texts(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes());
        format!("{message}.{}", encode(signature.unwrap()))
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_texts(&self.header().to_string(), &claims.to_string())
    }

    /// Presents a proof with these claims at [`URL`].
    pub(crate) fn presents(&self, claims: &Value) -> PresentedProof {
        present(&self.sign(claims))
    }
}

/// The claims of a valid proof with this `jti`.
pub(crate) fn claims(jti: &str) -> Value {
    json!({"htm": "POST", "htu": URL, "iat": now().timestamp(), "jti": jti})
}

/// These claims with another one.
pub(crate) fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

/// Presents a proof at [`URL`].
pub(crate) fn present(proof: &str) -> PresentedProof {
    let request = || ("POST".to_owned(), URL.to_owned());
    PresentedProof::new([proof.as_bytes()], request)
}

/// Verifies a proof for a request without an access token.
pub(crate) fn verify(proof: &str) -> Result<Proof, ProofRejection> {
    let target = ProofTarget {
        method: "POST",
        url: URL,
        access_token: None,
    };
    Proof::verify(proof, target)
}
