//! A private key, parsed once and held in memory. `jsonwebtoken` would parse the key again for every token.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents},
};
use jsonwebtoken::{
    DecodingKey,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};

use super::well_known::is_known_key;
use crate::{
    client::Algorithm,
    pkcs8::{self, P256Key},
};

/// The cryptographic library failed to sign or to derive a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoError;

enum SigningPair {
    Es256(P256Key),
    Rs256(RsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// A private key with its public key.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    pair: SigningPair,
    public: DecodingKey,
    jwk: Jwk,
}

impl SigningKey {
    /// Parses a PKCS#8 private key in PEM (RFC 7468 §10).
    ///
    /// # Errors
    /// Describes the fault, and never quotes the key.
    pub fn parse(text: &str, algorithm: Algorithm) -> Result<Self, &'static str> {
        let der = pkcs8::private_key(text)?;
        let (pair, public) = SigningPair::parse(&der, algorithm)?;
        let wrong = "has no public key";
        let mut jwk = Jwk::from_decoding_key(&public, Some(jose(algorithm))).map_err(|_| wrong)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| wrong)?;
        if is_known_key(&kid) {
            return Err("is publicly known: `signet keys generate` creates a new one");
        }
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

    /// Returns the only algorithm of the key (RFC 8725 §3.1).
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the RFC 7638 thumbprint, which identifies the key permanently.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Returns the public key (RFC 7517 §4).
    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Signs `message`. The signature is r‖s for ES256 (RFC 7518 §3.4), as long as the modulus for RS256
    /// (§3.3), or 64 bytes for `EdDSA` (RFC 8037 §3.1).
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match &self.pair {
            SigningPair::Es256(key) => key.sign(message),
            SigningPair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map(|()| signature)
            }
            SigningPair::EdDsa(pair) => pair
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec()),
        }
        .map_err(|_| CryptoError)
    }

    /// Returns true if `signature`, in base64url, is valid for `message`.
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

impl SigningPair {
    /// Parses a key of the kind that `algorithm` signs with, and refuses all others.
    fn parse(der: &[u8], algorithm: Algorithm) -> Result<(Self, DecodingKey), &'static str> {
        match algorithm {
            Algorithm::Es256 => {
                let key = P256Key::of_der(der)?;
                let public = DecodingKey::from_ec_der(key.public_key());
                Ok((Self::Es256(key), public))
            }
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(der)
                    .ok()
                    .filter(|pair| pair.public_modulus_len() <= algorithm.longest_signature())
                    .ok_or("is not an RSA private key of 2048 to 3072 bits")?;
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                let public = DecodingKey::from_rsa_raw_components(&public.n, &public.e);
                Ok((Self::Rs256(pair), public))
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(der)
                    .map_err(|_| "is not a private key on Ed25519")?;
                let public = DecodingKey::from_ed_der(pair.public_key().as_ref());
                Ok((Self::EdDsa(pair), public))
            }
        }
    }
}

const fn jose(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";

    proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_is_never_quoted(
            text in "\\PC{0,80}|-----BEGIN [A-Z ]{0,20}-----\n[A-Za-z0-9+/=\n]{0,120}\n-----END [A-Z ]{0,20}-----\n",
            body in "[A-Za-z0-9+/]{16,120}",
        ) {
            for text in [text, format!("{BEGIN}\n{body}\n{END}\n")] {
                for algorithm in Algorithm::ALL {
                    let Err(problem) = SigningKey::parse(&text, *algorithm) else {
                        continue;
                    };
                    let secret = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
                    let mut words = text.split(|c| !secret(c)).filter(|word| word.len() > 12);
                    prop_assert!(words.all(|word| !problem.contains(word)), "{}", problem);
                }
            }
        }

        /// A key with a changed byte is refused or is another key. Parsing never panics.
        #[test]
        fn damaged_key_is_rejected_or_another_key(at in any::<prop::sample::Index>(), flip in 1_u8..=255) {
            let text = include_str!("../../tests/golden/0.1.0/20260101T000000Z.es256.pem");
            let mut der = pem::parse(text).unwrap().into_contents();
            let at = at.index(der.len());
            der[at] ^= flip;
            let damaged = pem::encode(&pem::Pem::new("PRIVATE KEY", der));
            if let (Ok(one), Ok(other)) = (
                SigningKey::parse(text, Algorithm::Es256),
                SigningKey::parse(&damaged, Algorithm::Es256),
            ) {
                // Optional parts of the encoding may be damaged. The key is then the same.
                let signature = other.sign(b"message").unwrap();
                let signature = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature);
                prop_assert_eq!(one.verifies(b"message", &signature), one.kid() == other.kid());
            }
        }
    }
}
