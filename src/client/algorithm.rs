//! Signature algorithms of access tokens (RFC 7518 §3.1, RFC 8037 §3.1).

use std::fmt;

/// What an access token is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: small, quick, and read by nearly every consumer.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256: for consumers that read nothing else.
    Rs256,
    /// Ed25519, by the name that consumers know it by.
    EdDsa,
}

impl Algorithm {
    /// All that a client may choose.
    pub const ALL: &[Self] = &[Self::Es256, Self::Rs256, Self::EdDsa];

    /// The registered `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The part of a key file's name that tells its algorithm.
    pub const fn file_tag(self) -> &'static str {
        match self {
            Self::Es256 => "es256",
            Self::Rs256 => "rs256",
            Self::EdDsa => "eddsa",
        }
    }

    /// The algorithm of that part of a name.
    pub fn of_file_tag(tag: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|algorithm| algorithm.file_tag() == tag)
    }

    /// The most bytes of a signature. An RSA key of more than 3072 bits is refused: each signature
    /// costs us the cube of that, and each request of a client carries it.
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
