//! Signing keys of the provider stub.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Generating an RSA key is slow, so all stubs share this one.
const RSA_KEY: &str = include_str!("../../../golden/0.1.0/20260101T000000Z.rs256.pem");

enum Pair {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

/// A key pair and its `kid`.
pub struct StubKey {
    pub kid: String,
    pair: Pair,
}

impl StubKey {
    /// A new key on P-256.
    pub fn es256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self {
            kid: kid.to_owned(),
            pair: Pair::Es256(pair),
        }
    }

    /// The shared RSA key.
    pub fn rs256(kid: &str) -> Self {
        let pem = pem::parse(RSA_KEY).unwrap();
        Self {
            kid: kid.to_owned(),
            pair: Pair::Rs256(RsaKeyPair::from_pkcs8(pem.contents()).unwrap()),
        }
    }

    pub fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Es256(_) => "ES256",
            Pair::Rs256(_) => "RS256",
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }

    /// The signature of an attacker who uses the public key as an HMAC secret.
    pub fn hmac_by_public_key(&self, message: &[u8]) -> Vec<u8> {
        let public = match &self.pair {
            Pair::Es256(pair) => pair.public_key().as_ref(),
            Pair::Rs256(pair) => pair.public_key().as_ref(),
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, public);
        hmac::sign(&key, message).as_ref().to_vec()
    }

    /// The public key as a JWK (RFC 7517 §4).
    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Es256(pair) => {
                // Uncompressed: 4, x, y (SEC 1 §2.3.3).
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({
                    "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
                    "x": encode(x), "y": encode(y),
                })
            }
            Pair::Rs256(pair) => {
                let public = pair.public_key();
                let (n, e) = (public.modulus(), public.exponent());
                json!({
                    "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
                    "n": encode(n.big_endian_without_leading_zero()),
                    "e": encode(e.big_endian_without_leading_zero()),
                })
            }
        }
    }

    /// The same with the private part.
    pub fn private_jwk(&self) -> Value {
        let mut jwk = self.jwk();
        jwk["d"] = Value::from(match &self.pair {
            Pair::Es256(pair) => {
                use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
                let bytes: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().unwrap();
                encode(bytes.as_ref())
            }
            Pair::Rs256(_) => encode(b"the exponent"),
        });
        jwk
    }
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The `at_hash` of an access token (OpenID Connect Core §3.1.3.6).
pub fn at_hash(access_token: &str) -> String {
    encode(&digest(&SHA256, access_token.as_bytes()).as_ref()[..16])
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub fn s256(verifier: &str) -> String {
    encode(digest(&SHA256, verifier.as_bytes()))
}
