//! Client assertions (RFC 7523 §2.2) by several algorithms.

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::support::{
    openid::{StubKey, encode},
    upstream::LOOPBACK,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The keys of a client.
pub struct Assertions {
    es256: StubKey,
    rs256: StubKey,
    eddsa: Ed25519KeyPair,
}

impl Assertions {
    /// Algorithms by which [`Assertions::form`] can sign.
    pub const ALGORITHMS: &[&str] = &[
        "ES256", "RS256", "EdDSA", "PS256", "ES384", "RS512", "HS256", "none",
    ];

    pub fn new() -> Self {
        Self {
            es256: StubKey::es256("es256"),
            rs256: StubKey::rs256("rs256"),
            eddsa: Ed25519KeyPair::generate().unwrap(),
        }
    }

    /// The setting `jwks` with the public keys.
    pub fn setting(&self) -> String {
        let ed25519 = json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "eddsa",
            "x": encode(self.eddsa.public_key()),
        });
        let keys = [self.es256.jwk(), self.rs256.jwk(), ed25519];
        let keys = keys.map(|key| {
            let members = key.as_object().unwrap().iter();
            let members: Vec<_> = members.map(|(name, it)| format!("{name} = {it}")).collect();
            format!("{{ {} }}", members.join(", "))
        });
        format!("jwks = {{ keys = [{}] }}", keys.join(", "))
    }

    /// The form fields of a new assertion with this `alg`. Algorithms without a key of their own use the key that
    /// an attacker would use.
    pub fn form(
        &self,
        client_id: &str,
        alg: &str,
        now: DateTime<Utc>,
    ) -> [(&'static str, String); 2] {
        let kid = match alg {
            "ES256" | "ES384" => "es256",
            "EdDSA" => "eddsa",
            _ => "rs256",
        };
        let header = json!({"alg": alg, "typ": "JWT", "kid": kid});
        form(client_id, &header, now, |message| match alg {
            "ES256" | "ES384" => self.es256.sign(message),
            "EdDSA" => self.eddsa.sign(message).as_ref().to_vec(),
            "HS256" => self.rs256.hmac_by_public_key(message),
            "none" => vec![],
            _ => self.rs256.sign(message),
        })
    }

    /// The form fields of a new assertion that a secret signs (`client_secret_jwt`).
    pub fn by_secret(
        client_id: &str,
        secret: &str,
        now: DateTime<Utc>,
    ) -> [(&'static str, String); 2] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let header = json!({"alg": "HS256", "typ": "JWT"});
        form(client_id, &header, now, |message| {
            hmac::sign(&key, message).as_ref().to_vec()
        })
    }
}

fn form(
    client_id: &str,
    header: &serde_json::Value,
    now: DateTime<Utc>,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> [(&'static str, String); 2] {
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": LOOPBACK,
        "iat": now.timestamp(), "exp": now.timestamp() + 60, "jti": header["alg"],
    });
    let parts = [header, &claims].map(|part| encode(part.to_string()));
    let message = parts.join(".");
    let signature = encode(sign(message.as_bytes()));
    [
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("client_assertion", format!("{message}.{signature}")),
    ]
}
