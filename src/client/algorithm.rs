//! Signature algorithms of access tokens (RFC 7518 §3.1, RFC 8037 §3.1).

use std::fmt;

/// A signature algorithm of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: small, fast, and supported by nearly every consumer.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: for consumers that support no other algorithm.
    Rs256,
    /// Ed25519, under the name that consumers expect.
    EdDsa,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: &[Self] = &[Self::Es256, Self::Rs256, Self::EdDsa];

    /// Returns the registered `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Returns the part of a key file's name that identifies the algorithm.
    pub const fn file_tag(self) -> &'static str {
        match self {
            Self::Es256 => "es256",
            Self::Rs256 => "rs256",
            Self::EdDsa => "eddsa",
        }
    }

    /// Returns the algorithm with this part of a file name.
    pub fn of_file_tag(tag: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|algorithm| algorithm.file_tag() == tag)
    }

    /// Returns the most bytes of a signature. RSA keys of more than 3072 bits are refused: the cost
    /// of a signature grows with the cube of the length, and each request of a client carries a
    /// signature.
    pub const fn longest_signature(self) -> usize {
        match self {
            Self::Es256 | Self::EdDsa => 64,
            Self::Rs256 => 3072 / 8,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
