//! Signature algorithms of access tokens (RFC 7518 §3.1).

use std::fmt;

/// What an access token is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: the one that every consumer reads.
    Es256,
}

impl Algorithm {
    /// All that a client may choose.
    pub const ALL: &[Self] = &[Self::Es256];

    /// The registered `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
        }
    }

    /// The part of a key file's name that tells its algorithm.
    pub const fn file_tag(self) -> &'static str {
        match self {
            Self::Es256 => "es256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
