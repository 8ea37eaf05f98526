//! A private key, parsed once and held. `jsonwebtoken` would parse it again for every token.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use jsonwebtoken::{
    DecodingKey, EncodingKey,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};

use super::well_known::is_known_key;
use crate::client::Algorithm;

/// A signature or derivation that the cryptographic library refused. Our trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refused")]
pub struct CryptoFailed;

enum Pair {
    Es256(EcdsaKeyPair),
}

/// A private key with its public face.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    pair: Pair,
    public: DecodingKey,
    jwk: Jwk,
}

impl SigningKey {
    /// Reads a PKCS#8 private key in PEM (RFC 7468 §10).
    ///
    /// # Errors
    /// What is wrong, in words that never quote the key.
    pub(super) fn parse(text: &str, algorithm: Algorithm) -> Result<Self, &'static str> {
        let key = pem::parse(text).map_err(|_| "is not PEM")?;
        if key.tag() != "PRIVATE KEY" {
            return Err("is not an unencrypted PKCS#8 key: -----BEGIN PRIVATE KEY-----");
        }
        let (pair, encoding) = match algorithm {
            Algorithm::Es256 => {
                let wrong = "is not a private key on P-256";
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.contents())
                        .map_err(|_| wrong)?;
                (Pair::Es256(pair), EncodingKey::from_ec_der(key.contents()))
            }
        };
        let wrong = "has no public key";
        let mut jwk = Jwk::from_encoding_key(&encoding, jose(algorithm)).map_err(|_| wrong)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| wrong)?;
        if is_known_key(&kid) {
            return Err("is known to everybody: `signet keys generate` makes a good one");
        }
        let public = DecodingKey::from_jwk(&jwk).map_err(|_| wrong)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            algorithm,
            kid,
            pair,
            public,
            jwk,
        })
    }

    /// Its one algorithm (RFC 8725 §3.1).
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its RFC 7638 thumbprint: it names this key and no other, for ever.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public part (RFC 7517 §4).
    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Signs as RFC 7518 §3.4 says: r and s, 32 bytes each.
    pub fn sign(&self, message: &[u8]) -> Result<impl AsRef<[u8]> + use<>, CryptoFailed> {
        match &self.pair {
            Pair::Es256(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map_err(|_| CryptoFailed),
        }
    }

    /// Whether `signature`, in base64url, is that of `message`.
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let algorithm = jose(self.algorithm);
        jsonwebtoken::crypto::verify(signature, message, &self.public, algorithm).unwrap_or(false)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

const fn jose(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
    }
}
