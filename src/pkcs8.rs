//! Reads private keys from files: PKCS#8 in PEM (RFC 7468 §10).

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use zeroize::Zeroizing;

const NOT_PKCS8: &str = "is not PKCS#8: `openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem` \
     converts it";
const ENCRYPTED: &str = "is encrypted: `openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem` \
     makes an unencrypted PKCS#8 key";
const OPENSSH: &str = "is an OpenSSH key: `ssh-keygen -p -N \"\" -m PKCS8 -f old` converts it if it is \
     of RSA or ECDSA, and keys of Ed25519 are made by `openssl genpkey -algorithm ed25519`";
const PARAMETERS: &str = "holds the parameters of a curve and no key: `openssl genpkey -algorithm EC \
     -pkeyopt ec_paramgen_curve:P-256 -out new.pem` makes a key";
const PUBLIC: &str = "is a public key: put the private key in its place";
const CERTIFICATE: &str = "is a certificate: put its private key in its place";
const SEVERAL: &str = "holds more than one PEM block: keep -----BEGIN PRIVATE KEY----- alone";
const OTHER: &str = "is not an unencrypted PKCS#8 key: -----BEGIN PRIVATE KEY-----";
const JSON: &str = "is JSON, such as a JWK, and not PEM: convert it to PKCS#8";
const DER: &str = "is DER and not PEM: `openssl pkcs8 -topk8 -nocrypt -inform DER -in old.der -out \
     new.pem` converts it";

/// Reads the one PEM block of a file, which must be PKCS#8.
///
/// # Errors
/// The file is not one PKCS#8 block. The text says what the file contains and how to convert it, and never
/// quotes the file.
pub fn private_key(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let mut blocks = pem::parse_many(text).map_err(|_| "is not PEM")?;
    // `openssl ecparam -genkey` writes the parameters of the curve before the key.
    let is_parameters = |block: &pem::Pem| block.tag() == "EC PARAMETERS";
    let mut keys = blocks.iter().filter(|block| !is_parameters(block));
    let first = keys.next().map(pem::Pem::tag);
    if keys.next().is_some() {
        return Err(SEVERAL);
    }
    match first {
        Some("PRIVATE KEY") if blocks.len() > 1 => Err(SEVERAL),
        Some("PRIVATE KEY") => {
            let key = blocks.pop().ok_or(OTHER)?;
            Ok(Zeroizing::new(key.into_contents()))
        }
        Some("ENCRYPTED PRIVATE KEY") => Err(ENCRYPTED),
        Some("RSA PRIVATE KEY" | "EC PRIVATE KEY") => Err(NOT_PKCS8),
        Some("OPENSSH PRIVATE KEY") => Err(OPENSSH),
        Some("PUBLIC KEY" | "RSA PUBLIC KEY" | "SSH2 PUBLIC KEY") => Err(PUBLIC),
        Some("CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") => Err(CERTIFICATE),
        Some(_) => Err(OTHER),
        None if blocks.iter().any(is_parameters) => Err(PARAMETERS),
        None if text.trim_start().starts_with('{') => Err(JSON),
        None => Err("is not PEM"),
    }
}

/// Describes a key file that is not text.
pub fn not_text(bytes: &[u8]) -> &'static str {
    match bytes {
        // A DER sequence (X.690 §8.9) of at least 128 bytes, or of fewer in the next line.
        [0x30, 0x81 | 0x82, ..] => DER,
        [0x30, length, rest @ ..] if usize::from(*length) == rest.len() => DER,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "is UTF-16: save it as UTF-8",
        _ => "is not text",
    }
}

/// A private key on P-256 for ES256 signatures. The key is parsed once and never shown.
#[derive(Clone)]
pub struct P256Key(Arc<EcdsaKeyPair>);

impl P256Key {
    /// Reads the key from the text of a file.
    ///
    /// # Errors
    /// The text is not a PKCS#8 key on P-256. The error never quotes the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Self::of_der(&private_key(text)?)
    }

    /// Reads the key from the contents of a PEM block.
    ///
    /// # Errors
    /// The block holds another kind of key or no key.
    pub fn of_der(der: &[u8]) -> Result<Self, &'static str> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|_| "is not a private key on P-256")
    }

    /// Signs `message`. The signature consists of r and s (RFC 7518 §3.4).
    ///
    /// # Errors
    /// The cryptographic library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let signature = self.0.sign(&SystemRandom::new(), message)?;
        Ok(signature.as_ref().to_vec())
    }

    /// Returns the public key: an uncompressed point (SEC 1 §2.3.3).
    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
}

impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256Key([REDACTED])")
    }
}
