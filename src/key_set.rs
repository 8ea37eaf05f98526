//! A key set of another service (RFC 7517 §5), reduced to the keys that can verify signatures.

mod proof_key;

use std::{collections::BTreeMap, sync::Arc};

use jsonwebtoken::{
    DecodingKey,
    crypto::aws_lc,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk},
};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::proof_key::RSA_BITS;
pub use self::proof_key::{ProofAlgorithm, ProofKey, ProofKeyError, sha256};
use crate::{
    client::Algorithm,
    json::foreign::{ForeignDocument, text},
    jws_compact,
};

/// The name of a key set and of its keys in logs.
const KEY_SET: &str = "key set";

/// The largest number of keys in a set. An issuer has about three.
const MAX_KEYS: usize = 32;

/// The reason why a document is not a valid key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// The document is not a JSON Web Key Set.
    #[error("is not a JSON Web Key Set")]
    Syntax,
    /// The key set has too many keys.
    #[error("has more than {MAX_KEYS} keys")]
    TooMany,
}

/// A public key and its only algorithm (RFC 8725 §3.1).
pub struct VerificationKey {
    algorithm: Algorithm,
    public: DecodingKey,
    issuer: Option<String>,
}

impl VerificationKey {
    /// Returns the only algorithm that the key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the issuer whose tokens the key verifies, if the key set names it. Microsoft's key set,
    /// which serves many issuers, does.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Returns true if `signature`, in base64url, is valid for `message`.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let algorithm = match self.algorithm {
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        };
        verify(algorithm, &self.public, message, signature)
    }
}

/// Returns true if `signature`, in base64url, is valid for `message`. Uses one cryptographic library by name, because
/// another crate of the same program may have chosen another default.
fn verify(
    algorithm: jsonwebtoken::Algorithm,
    public: &DecodingKey,
    message: &[u8],
    signature: &str,
) -> bool {
    let Ok(signature) = jws_compact::decode(signature) else {
        return false;
    };
    let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&algorithm, public);
    verifier.is_ok_and(|verifier| verifier.verify(message, &signature).is_ok())
}

/// The verification keys of an issuer, by `kid`. A `kid` of two keys identifies none of them.
pub struct KeySet {
    by_kid: BTreeMap<String, Option<Arc<VerificationKey>>>,
    /// The only key, with or without a `kid`.
    only: Option<Arc<VerificationKey>>,
}

impl KeySet {
    /// Parses the key set of a Signet issuer. Unusable keys are ignored: another type, use or algorithm, no
    /// `kid` or no `alg`. If no key is left, the issuer has withdrawn its keys.
    pub fn parse(document: &[u8], accepted: &[Algorithm]) -> Result<Self, KeySetError> {
        Self::read(document, |key| {
            let (hints, key) = KeyHints::split(key)?;
            let alg = hints.alg.as_deref()?;
            let algorithm = *accepted.iter().find(|it| it.as_str() == alg)?;
            let key = hints.verification_key(&key, algorithm)?;
            Some((Some(hints.kid?), key))
        })
    }

    /// Parses the key set of an OpenID provider, whose keys need not state their use. A key without `alg`
    /// gets the supported algorithm of its type. A key without `kid` is found if it is the only one (OpenID
    /// Connect Core §10.1).
    pub fn of_provider(document: &[u8]) -> Result<Self, KeySetError> {
        Self::read(document, |key| {
            let issuer = key.get("issuer").filter(|it| !it.is_null()).cloned();
            let (hints, key) = KeyHints::split(key)?;
            let alg = hints.alg.as_deref();
            let all = Algorithm::ALL.iter().copied();
            let fits = |it: &Algorithm| alg.is_none_or(|alg| alg == it.as_str());
            let mut found = all
                .filter(fits)
                .find_map(|it| hints.verification_key(&key, it))?;
            if let Some(issuer) = issuer {
                // The member restricts whose tokens the key verifies, so a key with an unreadable one is
                // not used.
                found.issuer = Some(text(issuer)?);
            }
            Some((hints.kid, found))
        })
    }

    fn read(
        document: &[u8],
        usable: impl Fn(&Value) -> Option<(Option<String>, VerificationKey)>,
    ) -> Result<Self, KeySetError> {
        let array = |value: Value| match value {
            Value::Array(keys) => Some(keys),
            _ => None,
        };
        let document = ForeignDocument::parse(KEY_SET, document);
        let keys = document.and_then(|mut it| it.required("keys", array));
        let keys = keys.map_err(|_| KeySetError::Syntax)?;
        if keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        let (mut by_kid, mut all) = (BTreeMap::new(), Vec::new());
        for (kid, key) in keys.iter().filter_map(usable) {
            let key = Arc::new(key);
            all.push(key.clone());
            if let Some(kid) = kid {
                by_kid
                    .entry(kid)
                    .and_modify(|known| *known = None)
                    .or_insert(Some(key));
            }
        }
        let only = all.pop().filter(|_| all.is_empty());
        Ok(Self { by_kid, only })
    }

    /// Returns true if no key can verify anything.
    pub fn is_empty(&self) -> bool {
        self.only.is_none() && self.by_kid.values().all(Option::is_none)
    }

    /// Returns the key with that `kid`.
    pub fn get(&self, kid: &str) -> Option<Arc<VerificationKey>> {
        self.by_kid.get(kid).cloned().flatten()
    }

    /// Returns the key if the set has exactly one, for tokens without `kid`.
    pub fn only(&self) -> Option<Arc<VerificationKey>> {
        self.only.clone()
    }
}

/// The members that describe a key (RFC 7517 §4), without its numbers. A member of the wrong type counts as
/// absent, and other members (`x5c`, `x5u` …) are not read.
struct KeyHints {
    kid: Option<String>,
    alg: Option<String>,
    usage: Option<String>,
    operations: Option<Vec<String>>,
}

impl KeyHints {
    /// Splits a key into its hints and a JWK of its type and numbers.
    fn split(key: &Value) -> Option<(Self, Jwk)> {
        let mut key = ForeignDocument::of_value(KEY_SET, key.clone())?;
        let texts = |value: Value| match value {
            Value::Array(all) => all.into_iter().map(text).collect(),
            _ => None,
        };
        let hints = Self {
            kid: key.optional("kid", text).filter(|kid| !kid.is_empty()),
            alg: key.optional("alg", text),
            usage: key.optional("use", text),
            operations: key.optional("key_ops", texts),
        };
        let mut numbers = key.rest();
        // A private key that was published proves nothing.
        if numbers.get("d").is_some_and(|d| !d.is_null()) {
            return None;
        }
        numbers.retain(|name, _| ["kty", "crv", "x", "y", "n", "e"].contains(&name.as_str()));
        let jwk = Jwk::deserialize(Value::Object(numbers)).ok()?;
        Some((hints, jwk))
    }

    /// Returns true if the key is meant to verify signatures, or does not state its use.
    fn may_verify(&self) -> bool {
        let operations = self.operations.as_ref();
        self.usage.as_deref().is_none_or(|it| it == "sig")
            && operations.is_none_or(|all| all.iter().any(|it| it == "verify"))
    }

    /// Returns the key if it verifies signatures of that algorithm.
    fn verification_key(&self, jwk: &Jwk, algorithm: Algorithm) -> Option<VerificationKey> {
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
        if !is_of_type || !self.may_verify() {
            return None;
        }
        let public = DecodingKey::from_jwk(jwk).ok()?;
        Some(VerificationKey {
            algorithm,
            public,
            issuer: None,
        })
    }
}

#[cfg(test)]
#[cfg(feature = "service")] // with the mint that its keys are from
pub(crate) mod tests;
