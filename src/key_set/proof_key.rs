//! The key in the header of a `DPoP` proof (RFC 9449 §4.2).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    DecodingKey,
    crypto::aws_lc,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, ThumbprintHash},
};
use serde_json::Value;

use super::{KeyHints, verify};
use crate::{client::KeyThumbprint, jws_compact};

/// The members of private and symmetric keys (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The least and the most bits of an RSA modulus. The cost of a verification grows with the modulus, and proofs are
/// verified before the limits of a request are checked.
pub(crate) const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// An algorithm of proofs (RFC 9449 §4.2): asymmetric, and one for each type of key that clients have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofAlgorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

impl ProofAlgorithm {
    /// All algorithms, in the order of the metadata.
    pub const ALL: &[Self] = &[Self::Es256, Self::EdDsa, Self::Rs256, Self::Ps256];

    /// The names of all algorithms, separated by spaces, as a challenge lists them (RFC 9449 §7.1).
    pub const LIST: &str = "ES256 EdDSA RS256 PS256";

    /// Returns the name in a JOSE header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    const fn as_jws(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
        }
    }
}

/// The reason why a key cannot verify a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofKeyError {
    /// The key has a private member, or is symmetric. The proof would publish the secret.
    #[error("private key")]
    Private,
    /// The key is not a public key for the algorithm.
    #[error("key")]
    Unusable,
}

/// The public key of a proof, for one algorithm.
pub struct ProofKey {
    algorithm: ProofAlgorithm,
    public: DecodingKey,
    thumbprint: KeyThumbprint,
}

impl ProofKey {
    /// Reads a JWK that verifies signatures of that algorithm.
    ///
    /// # Errors
    /// The key has private members, is of another type, or its RSA modulus does not have 2,048 to 4,096 bits.
    pub fn read(jwk: &Value, algorithm: ProofAlgorithm) -> Result<Self, ProofKeyError> {
        if PRIVATE_MEMBERS
            .iter()
            .any(|member| jwk.get(*member).is_some())
        {
            return Err(ProofKeyError::Private);
        }
        let read = || {
            let (hints, key) = KeyHints::split(jwk)?;
            let alg = hints.alg.as_deref();
            if alg.is_some_and(|alg| alg != algorithm.as_str()) || !hints.may_verify() {
                return None;
            }
            let canonical = canonical_members(&key, algorithm)?;
            let thumbprint = sha256(canonical.as_bytes())?;
            Some(Self {
                algorithm,
                public: DecodingKey::from_jwk(&key).ok()?,
                thumbprint: KeyThumbprint::parse(&thumbprint).ok()?,
            })
        };
        read().ok_or(ProofKeyError::Unusable)
    }

    /// Returns the thumbprint of the key (RFC 7638).
    pub fn thumbprint(&self) -> &KeyThumbprint {
        &self.thumbprint
    }

    /// Returns true if `signature`, in base64url, is valid for `message`.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        verify(self.algorithm.as_jws(), &self.public, message, signature)
    }
}

/// Computes the SHA-256 digest, in base64url.
///
/// `None` if the cryptographic library fails.
pub fn sha256(message: &[u8]) -> Option<String> {
    let digest = aws_lc::DEFAULT_PROVIDER.key_utils.compute_digest;
    let digest = digest(message, ThumbprintHash::SHA256).ok()?;
    Some(URL_SAFE_NO_PAD.encode(digest))
}

/// Returns the required members of a key of this algorithm in the form whose digest is the thumbprint (RFC 7638 §3.2).
/// A number that is not in its only encoding (RFC 7518 §6.2.1.2, §6.3.1) is refused: one key has one thumbprint.
fn canonical_members(key: &Jwk, algorithm: ProofAlgorithm) -> Option<String> {
    let is_coordinate = |text: &str| jws_compact::decode(text).is_ok_and(|it| it.len() == 32);
    match (&key.algorithm, algorithm) {
        (AlgorithmParameters::EllipticCurve(key), ProofAlgorithm::Es256)
            if key.curve == EllipticCurve::P256
                && is_coordinate(&key.x)
                && is_coordinate(&key.y) =>
        {
            let (x, y) = (&key.x, &key.y);
            Some(format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#
            ))
        }
        (AlgorithmParameters::OctetKeyPair(key), ProofAlgorithm::EdDsa)
            if key.curve == EllipticCurve::Ed25519 && is_coordinate(&key.x) =>
        {
            let x = &key.x;
            Some(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#))
        }
        (AlgorithmParameters::RSA(key), ProofAlgorithm::Rs256 | ProofAlgorithm::Ps256) => {
            let (n, e) = (&key.n, &key.e);
            let is_exponent = bits(e).is_some_and(|bits| (2..=64).contains(&bits));
            let is_modulus = bits(n).is_some_and(|bits| RSA_BITS.contains(&bits));
            (is_exponent && is_modulus).then(|| format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#))
        }
        _ => None,
    }
}

/// Returns the number of bits of a number in base64url. `None` if it has leading zeros.
fn bits(number: &str) -> Option<usize> {
    let bytes = jws_compact::decode(number).ok()?;
    let first = *bytes.first().filter(|first| **first != 0)?;
    let leading = usize::try_from(first.leading_zeros()).ok()?;
    Some(bytes.len() * 8 - leading)
}

#[cfg(test)]
mod tests;
