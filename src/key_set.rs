//! A key set that somebody else publishes (RFC 7517 §5), and of it what can verify.

use std::{collections::BTreeMap, sync::Arc};

use jsonwebtoken::{
    DecodingKey,
    crypto::aws_lc,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    client::Algorithm,
    json::foreign::{ForeignDocument, text},
    jws_compact,
};

/// What logs call a key set and each of its keys.
const KEY_SET: &str = "key set";

/// The most keys that a set may have: an issuer has three.
const MAX_KEYS: usize = 32;

/// Why a text is no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not a JSON Web Key Set at all.
    #[error("is not a JSON Web Key Set")]
    Syntax,
    /// More than anybody needs.
    #[error("has more than {MAX_KEYS} keys")]
    TooMany,
}

/// A public key with its one algorithm (RFC 8725 §3.1).
pub struct VerificationKey {
    algorithm: Algorithm,
    public: DecodingKey,
    issuer: Option<String>,
}

impl VerificationKey {
    /// What it verifies, and nothing else.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whose tokens alone it is for, where the set says so: that of Microsoft, which serves many
    /// issuers, does.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whether `signature`, in base64url, is that of `message`. Asks for the one cryptographic
    /// library by name: another crate of the same program may have chosen another default.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let algorithm = match self.algorithm {
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        };
        let Ok(signature) = jws_compact::decode(signature) else {
            return false;
        };
        let verifier = (aws_lc::DEFAULT_PROVIDER.verifier_factory)(&algorithm, &self.public);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature).is_ok())
    }
}

/// The keys of an issuer that verify, by `kid`; none where two have the same.
pub struct KeySet {
    by_kid: BTreeMap<String, Option<Arc<VerificationKey>>>,
    /// The one that there is, whatever its name.
    only: Option<Arc<VerificationKey>>,
}

impl KeySet {
    /// Reads a key set. Keys that are not for us (another type, use or algorithm, no `kid` or `alg`)
    /// are as good as not there, and if none is left, then the issuer has withdrawn what it had.
    pub fn parse(document: &[u8], accepted: &[Algorithm]) -> Result<Self, KeySetError> {
        Self::read(document, |key| {
            let (hints, key) = KeyHints::split(key)?;
            let alg = hints.alg.as_deref()?;
            let algorithm = *accepted.iter().find(|it| it.as_str() == alg)?;
            let key = hints.admit(&key, algorithm)?;
            Some((Some(hints.kid?), key))
        })
    }

    /// The same of an OpenID provider, whose keys need not say what they are for: without `alg` a
    /// key has the one algorithm of ours that goes with its type, and a key without `kid` is found
    /// where it is the only one (OpenID Connect Core §10.1).
    pub fn of_provider(document: &[u8]) -> Result<Self, KeySetError> {
        Self::read(document, |key| {
            let issuer = key.get("issuer").filter(|it| !it.is_null()).cloned();
            let (hints, key) = KeyHints::split(key)?;
            let alg = hints.alg.as_deref();
            let all = Algorithm::ALL.iter().copied();
            let fits = |it: &Algorithm| alg.is_none_or(|alg| alg == it.as_str());
            let mut found = all.filter(fits).find_map(|it| hints.admit(&key, it))?;
            if let Some(issuer) = issuer {
                // It narrows whose tokens the key is for: one that cannot be read is not ignored.
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

    /// Whether nothing can be judged by it.
    pub fn is_empty(&self) -> bool {
        self.only.is_none() && self.by_kid.values().all(Option::is_none)
    }

    /// The key of that name.
    pub fn get(&self, kid: &str) -> Option<Arc<VerificationKey>> {
        self.by_kid.get(kid).cloned().flatten()
    }

    /// The key that there is, if it is the only one: that of a token that names none.
    pub fn only(&self) -> Option<Arc<VerificationKey>> {
        self.only.clone()
    }
}

/// What a key says of itself (RFC 7517 §4) besides its numbers. A member of another type counts as
/// absent, and the others (`x5c`, `x5u` …) are not read.
struct KeyHints {
    kid: Option<String>,
    alg: Option<String>,
    usage: Option<String>,
    operations: Option<Vec<String>>,
}

impl KeyHints {
    /// Reads the hints of a key, and gives the key as far as its type and numbers go.
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
        // A private key that everybody has read proves nothing any more.
        if numbers.get("d").is_some_and(|d| !d.is_null()) {
            return None;
        }
        numbers.retain(|name, _| ["kty", "crv", "x", "y", "n", "e"].contains(&name.as_str()));
        let jwk = Jwk::deserialize(Value::Object(numbers)).ok()?;
        Some((hints, jwk))
    }

    /// The key, if it verifies signatures of that algorithm.
    fn admit(&self, jwk: &Jwk, algorithm: Algorithm) -> Option<VerificationKey> {
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
        let operations = self.operations.as_ref();
        let verifies = self.usage.as_deref().is_none_or(|it| it == "sig")
            && operations.is_none_or(|all| all.iter().any(|it| it == "verify"));
        if !is_of_type || !verifies {
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
