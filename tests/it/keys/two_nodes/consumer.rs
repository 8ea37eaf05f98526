//! A consumer that verifies access tokens and caches the key set exactly as long as its headers
//! allow.

use std::{
    net::SocketAddr,
    sync::Mutex,
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use serde_json::Value;

use crate::support::{
    process::ServiceProcess,
    token::{claims, kid},
};

/// The reason of a rejection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The cached set has no key with this `kid`.
    UnknownKey(String),
    /// Any other reason.
    Other(String),
}

pub struct Consumer {
    issuer: String,
    nodes: [SocketAddr; 2],
    kept: Mutex<Option<CachedKeys>>,
}

/// A key set and its expiry.
struct CachedKeys {
    keys: JwkSet,
    until: Instant,
    from: usize,
}

impl Consumer {
    pub fn new(issuer: String, nodes: [SocketAddr; 2]) -> Self {
        let kept = Mutex::default();
        Self {
            issuer,
            nodes,
            kept,
        }
    }

    /// Verifies a token. Returns `false` if the token has expired.
    pub fn verify(&self, token: &str) -> Result<bool, Refused> {
        let other = |error: jsonwebtoken::errors::Error| Refused::Other(error.to_string());
        let exp = claims(token)["exp"].as_i64().unwrap();
        let has_expired = || exp <= chrono::Utc::now().timestamp();
        if has_expired() {
            return Ok(false);
        }
        let mut kept = self.kept.lock().unwrap();
        let fresh = kept.take().filter(|kept| Instant::now() < kept.until);
        let from = fresh.as_ref().map_or(0, |kept| kept.from);
        let keys = &kept
            .insert(fresh.unwrap_or_else(|| self.fetch(from + 1)))
            .keys;
        let kid = kid(token);
        let Some(key) = keys.find(&kid) else {
            // The fetch may have taken long, and the key may have been removed with its last token.
            return has_expired()
                .then_some(false)
                .ok_or(Refused::UnknownKey(kid));
        };
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.issuer]);
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(key).map_err(other)?;
        decode::<Value>(token, &key, &validation).map_err(other)?;
        Ok(true)
    }

    fn fetch(&self, from: usize) -> CachedKeys {
        let node = self.nodes[from % 2];
        let asked = Instant::now();
        let head = "GET /.well-known/jwks.json HTTP/1.1";
        let (status, head, body) = ServiceProcess::request_at(node, head, "").unwrap();
        assert_eq!(status, 200);
        let (_, max_age) = head.split_once("public, max-age=").unwrap();
        let seconds: u64 = max_age.split_whitespace().next().unwrap().parse().unwrap();
        CachedKeys {
            keys: serde_json::from_str(&body).unwrap(),
            until: asked + Duration::from_secs(seconds),
            from,
        }
    }
}
