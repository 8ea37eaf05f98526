//! Public keys in COSE (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4), for the algorithms that are offered.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use ciborium::Value;
use coset::{
    Algorithm, AsCborValue, CoseKey, KeyType, Label,
    iana::{self, EnumI64},
};

use super::{PasskeyRejection, cbor, edwards};

/// The least and the most bits of an RSA modulus.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A signature algorithm of passkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyAlgorithm {
    /// `EdDSA` with Ed25519.
    EdDsa,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl PasskeyAlgorithm {
    /// All algorithms, the preferred one first.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// Returns the COSE identifier.
    pub const fn cose(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
            Self::Rs256 => -257,
        }
    }

    fn of_cose(algorithm: &Algorithm) -> Option<Self> {
        let Algorithm::Assigned(algorithm) = algorithm else {
            return None;
        };
        let mut all = Self::ALL.into_iter();
        all.find(|known| known.cose() == algorithm.to_i64())
    }
}

/// A public key that verifies signatures of one algorithm.
#[derive(Debug)]
pub(super) struct PublicKey {
    pub(super) algorithm: PasskeyAlgorithm,
    material: KeyMaterial,
}

#[derive(Debug)]
enum KeyMaterial {
    Ed25519 { x: [u8; 32], key: ParsedPublicKey },
    P256(ParsedPublicKey),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// Reads the COSE key of a registered passkey.
    ///
    /// # Errors
    /// The algorithm is not offered, or the key is malformed or too short.
    pub(super) fn parse(cose: &[u8]) -> Result<Self, PasskeyRejection> {
        let value = cbor::only_item(cose).ok_or(PasskeyRejection::PublicKey)?;
        let key = CoseKey::from_cbor_value(value).map_err(|_| PasskeyRejection::PublicKey)?;
        Self::of_key(&key)
    }

    /// Reads the COSE key of a new passkey.
    ///
    /// # Errors
    /// As [`Self::parse`], or the key is not a point of its curve.
    pub(super) fn parse_new(cose: &[u8]) -> Result<Self, PasskeyRejection> {
        let key = Self::parse(cose)?;
        match &key.material {
            // The library reads any 32 bytes, and would only refuse every signature later.
            KeyMaterial::Ed25519 { x, .. } if !edwards::is_public_key(x) => {
                Err(PasskeyRejection::PublicKey)
            }
            _ => Ok(key),
        }
    }

    fn of_key(key: &CoseKey) -> Result<Self, PasskeyRejection> {
        let algorithm = key.alg.as_ref().and_then(PasskeyAlgorithm::of_cose);
        let algorithm = algorithm.ok_or(PasskeyRejection::Algorithm)?;
        let material = match algorithm {
            PasskeyAlgorithm::EdDsa => ed25519(key),
            PasskeyAlgorithm::Es256 => p256(key),
            PasskeyAlgorithm::Rs256 => rsa(key),
        };
        Ok(Self {
            algorithm,
            material: material.ok_or(PasskeyRejection::PublicKey)?,
        })
    }

    /// Returns whether the signature is valid for the message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            KeyMaterial::Ed25519 { key, .. } | KeyMaterial::P256(key) => {
                key.verify_sig(message, signature).is_ok()
            }
            KeyMaterial::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

/// Returns a parameter of a key of that type.
fn parameter(key: &CoseKey, kty: iana::KeyType, label: i64) -> Option<&Value> {
    if key.kty != KeyType::Assigned(kty) {
        return None;
    }
    let mut parameters = key.params.iter();
    let (_, value) = parameters.find(|(found, _)| *found == Label::Int(label))?;
    Some(value)
}

fn is_curve(value: &Value, curve: iana::EllipticCurve) -> bool {
    value.as_integer() == Some(curve.to_i64().into())
}

/// Returns a coordinate of 32 bytes.
fn coordinate(value: &Value) -> Option<&[u8; 32]> {
    value.as_bytes()?.as_slice().try_into().ok()
}

fn ed25519(key: &CoseKey) -> Option<KeyMaterial> {
    let part = |label: iana::OkpKeyParameter| parameter(key, iana::KeyType::OKP, label.to_i64());
    let curve = part(iana::OkpKeyParameter::Crv)?;
    let x = coordinate(part(iana::OkpKeyParameter::X)?)?;
    if !is_curve(curve, iana::EllipticCurve::Ed25519) {
        return None;
    }
    let key = ParsedPublicKey::new(&ED25519, x).ok()?;
    Some(KeyMaterial::Ed25519 { x: *x, key })
}

fn p256(key: &CoseKey) -> Option<KeyMaterial> {
    let part = |label: iana::Ec2KeyParameter| parameter(key, iana::KeyType::EC2, label.to_i64());
    let curve = part(iana::Ec2KeyParameter::Crv)?;
    // A compressed point, whose `y` is a boolean, is not allowed (WebAuthn §5.8.5).
    let x = coordinate(part(iana::Ec2KeyParameter::X)?)?;
    let y = coordinate(part(iana::Ec2KeyParameter::Y)?)?;
    let point = [&[4], x.as_slice(), y].concat();
    if !is_curve(curve, iana::EllipticCurve::P_256) {
        return None;
    }
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok()?;
    Some(KeyMaterial::P256(key))
}

fn rsa(key: &CoseKey) -> Option<KeyMaterial> {
    let part = |label: iana::RsaKeyParameter| {
        let value = parameter(key, iana::KeyType::RSA, label.to_i64())?;
        value.as_bytes().cloned()
    };
    let (n, e) = (
        part(iana::RsaKeyParameter::N)?,
        part(iana::RsaKeyParameter::E)?,
    );
    let is_usable = RSA_BITS.contains(&bits(&n)?) && (2..=64).contains(&bits(&e)?);
    is_usable.then_some(KeyMaterial::Rsa { n, e })
}

/// Returns the number of bits of an odd number without leading zeros.
fn bits(number: &[u8]) -> Option<usize> {
    let (first, last) = (number.first()?, number.last()?);
    let leading = usize::try_from(first.leading_zeros()).ok()?;
    (*first != 0 && last & 1 == 1).then(|| number.len() * 8 - leading)
}
