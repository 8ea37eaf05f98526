//! A key set that somebody else publishes (RFC 7517 §5), and of it what can verify.

use std::{collections::BTreeMap, sync::Arc};

use jsonwebtoken::{
    DecodingKey,
    crypto::aws_lc,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::Algorithm;
use crate::{compact, json};

/// The most keys that a set may have: an issuer has three.
const MAX_KEYS: usize = 32;

/// Why a text is no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoKeySet {
    #[error("is not a JSON Web Key Set")]
    Syntax,
    #[error("has more than {MAX_KEYS} keys")]
    TooMany,
}

/// A public key with its one algorithm (RFC 8725 §3.1).
pub(super) struct Key {
    algorithm: Algorithm,
    public: DecodingKey,
}

impl Key {
    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature`, in base64url, is that of `message`. Asks for the one cryptographic
    /// library by name: another crate of the same program may have chosen another default.
    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let algorithm = match self.algorithm {
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        };
        let Ok(signature) = compact::decode(signature) else {
            return false;
        };
        let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.public);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature).is_ok())
    }
}

/// The keys of an issuer that verify, by `kid`; none where two have the same.
pub(super) struct KeySet(BTreeMap<String, Option<Arc<Key>>>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a key set. Keys that are not for us (another type, use or algorithm, no `kid` or `alg`)
    /// are as good as not there, and if none is left, then the issuer has withdrawn what it had.
    pub(super) fn parse(text: &[u8], accepted: &[Algorithm]) -> Result<Self, NoKeySet> {
        let Document { keys } = json::object(text).map_err(|_| NoKeySet::Syntax)?;
        if keys.len() > MAX_KEYS {
            return Err(NoKeySet::TooMany);
        }
        let mut by_kid = BTreeMap::new();
        for (kid, key) in keys.iter().filter_map(|key| usable(key, accepted)) {
            by_kid
                .entry(kid)
                .and_modify(|known| *known = None)
                .or_insert(Some(Arc::new(key)));
        }
        Ok(Self(by_kid))
    }

    /// Whether nothing can be judged by it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.values().all(Option::is_none)
    }

    pub(super) fn get(&self, kid: &str) -> Option<Arc<Key>> {
        self.0.get(kid).cloned().flatten()
    }
}

/// A public key for signatures, of an accepted algorithm, that says which one it is.
fn usable(key: &Value, accepted: &[Algorithm]) -> Option<(String, Key)> {
    // A private key that everybody has read proves nothing any more.
    if key.get("d").is_some() {
        return None;
    }
    let alg = key.get("alg")?.as_str()?;
    let algorithm = *accepted.iter().find(|it| it.as_str() == alg)?;
    let jwk = Jwk::deserialize(key).ok()?;
    let is_of_type = match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::EllipticCurve(it), Algorithm::Es256) => {
            it.curve == EllipticCurve::P256
        }
        (AlgorithmParameters::RSA(_), Algorithm::Rs256) => true,
        (AlgorithmParameters::OctetKeyPair(it), Algorithm::EdDsa) => {
            it.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    let usage = jwk.common.public_key_use.as_ref();
    let operations = jwk.common.key_operations.as_ref();
    let verifies = usage.is_none_or(|it| *it == PublicKeyUse::Signature)
        && operations.is_none_or(|it| it.contains(&KeyOperations::Verify));
    if !is_of_type || !verifies {
        return None;
    }
    let public = DecodingKey::from_jwk(&jwk).ok()?;
    let kid = jwk.common.key_id.filter(|kid| !kid.is_empty())?;
    Some((kid, Key { algorithm, public }))
}
