//! Private keys as they lie in files: PKCS#8 in PEM (RFC 7468 §10).

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    error::Unspecified,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use zeroize::Zeroizing;

/// The one PEM block of a file, which must be PKCS#8. What it is instead is said where it can be
/// told; the words never quote it.
pub fn private_key(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let mut blocks = pem::parse_many(text).map_err(|_| "is not PEM")?.into_iter();
    let key = blocks.next().ok_or("is not PEM")?;
    if blocks.next().is_some() {
        return Err("holds more than one PEM block");
    }
    match key.tag() {
        "PRIVATE KEY" => Ok(Zeroizing::new(key.into_contents())),
        "ENCRYPTED PRIVATE KEY" => {
            Err("is encrypted: `openssl pkcs8 -topk8 -nocrypt` makes an unencrypted PKCS#8 key")
        }
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            Err("is not PKCS#8: `openssl pkcs8 -topk8 -nocrypt` converts it")
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err("is a public key, not the private one"),
        "CERTIFICATE" => Err("is a certificate, not a private key"),
        _ => Err("is not an unencrypted PKCS#8 key: -----BEGIN PRIVATE KEY-----"),
    }
}

/// A private key on P-256, which signs by ES256. Parsed once and held; shown to nobody.
#[derive(Clone)]
pub struct P256Key(Arc<EcdsaKeyPair>);

impl P256Key {
    /// Reads the key of a file.
    ///
    /// # Errors
    /// What is wrong, in words that never quote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Self::of_der(&private_key(text)?)
    }

    /// Reads what is in the PEM block.
    ///
    /// # Errors
    /// It is another kind of key, or none.
    pub fn of_der(der: &[u8]) -> Result<Self, &'static str> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|_| "is not a private key on P-256")
    }

    /// The signature of `message`: r and s (RFC 7518 §3.4).
    ///
    /// # Errors
    /// The cryptographic library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let signature = self.0.sign(&SystemRandom::new(), message)?;
        Ok(signature.as_ref().to_vec())
    }

    /// Its public part: a point that is not compressed (SEC 1 §2.3.3).
    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
}

impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P256Key([REDACTED])")
    }
}
