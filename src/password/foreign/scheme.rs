//! The schemes: how a password leads to a digest.

use argon2::Block;
use zeroize::Zeroizing;

use super::{
    HashRefusal, HashSecrets, PasswordDigest, argon2_variants::Argon2Scheme, bcrypt::Bcrypt,
    crypt::Crypt, fields, one_round::OneRound, pbkdf2::Pbkdf2, scrypt::Scrypt,
};
use crate::password::phc::HashFailed;

/// A scheme with its parameters and its salt.
#[derive(Debug)]
pub(super) enum HashScheme {
    Argon2(Argon2Scheme),
    Bcrypt(Bcrypt),
    Crypt(Crypt),
    OneRound(OneRound),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
}

macro_rules! from_scheme {
    ($($variant:ident($scheme:ty)),*) => {$(
        impl From<$scheme> for HashScheme {
            fn from(scheme: $scheme) -> Self {
                Self::$variant(scheme)
            }
        }
    )*};
}
from_scheme!(
    Argon2(Argon2Scheme),
    Bcrypt(Bcrypt),
    Crypt(Crypt),
    OneRound(OneRound),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt)
);

impl HashScheme {
    /// Reads the text of a weak scheme without its digest, as [`Self::head`] writes it.
    ///
    /// # Errors
    /// The text has another form.
    pub(super) fn parse_weak_head(text: &str) -> Result<Self, HashRefusal> {
        let mut read = OneRound::parse_head(text).map(Self::from);
        if matches!(read, Err(HashRefusal::UnknownHash)) {
            read = Crypt::parse_head(text).map(Self::from);
        }
        if matches!(read, Err(HashRefusal::UnknownHash)) {
            read = Pbkdf2::parse_head(text).map(Self::from);
        }
        let scheme = read?;
        let is_weak = scheme.is_weak();
        is_weak.then_some(scheme).ok_or(HashRefusal::Malformed)
    }

    /// Returns true if a guess costs next to nothing.
    pub(super) const fn is_weak(&self) -> bool {
        match self {
            Self::Argon2(_) | Self::Bcrypt(_) | Self::Scrypt(_) => false,
            Self::Crypt(scheme) => scheme.is_weak(),
            Self::OneRound(_) => true,
            Self::Pbkdf2(scheme) => scheme.is_weak(),
        }
    }

    /// Returns true if a password cannot be checked without secret parameters.
    pub(super) fn needs_secrets(&self) -> bool {
        matches!(self, Self::Scrypt(scheme) if scheme.needs_secrets())
    }

    /// Returns true if white space around a password may have been removed before it was hashed.
    pub(super) fn trims(&self) -> bool {
        match self {
            Self::Argon2(_) | Self::Pbkdf2(_) | Self::Scrypt(_) => false,
            Self::Bcrypt(scheme) => scheme.trims(),
            Self::Crypt(scheme) => scheme.trims(),
            Self::OneRound(scheme) => scheme.trims(),
        }
    }

    /// Returns the stored text without the digest.
    pub(super) fn head(&self) -> String {
        match self {
            Self::Argon2(scheme) => scheme.head(),
            Self::Bcrypt(scheme) => scheme.head(),
            Self::Crypt(scheme) => scheme.head(),
            Self::OneRound(scheme) => scheme.head(),
            Self::Pbkdf2(scheme) => scheme.head(),
            Self::Scrypt(scheme) => scheme.head(),
        }
    }

    /// Returns the stored text.
    pub(super) fn text(&self, digest: &[u8]) -> String {
        let head = self.head();
        match self {
            Self::Bcrypt(_) => format!("{head}{}", Bcrypt::encode(digest)),
            Self::Crypt(_) => format!("{head}${}", String::from_utf8_lossy(digest)),
            _ => format!("{head}${}", fields::base64(digest)),
        }
    }

    /// Returns the work of one check, in KiB times passes of Argon2. It is 0 for other schemes.
    pub(super) fn argon2_work(&self) -> u64 {
        match self {
            Self::Argon2(scheme) => scheme.work(),
            _ => 0,
        }
    }

    /// Returns the memory of Argon2, in KiB. It is 0 for other schemes, which need at most 128 MiB.
    pub(super) fn argon2_memory_kib(&self) -> u32 {
        match self {
            Self::Argon2(scheme) => scheme.memory_kib(),
            _ => 0,
        }
    }

    /// Computes the digest of a password.
    ///
    /// # Errors
    /// The computation fails.
    pub(super) fn digest(
        &self,
        password: &str,
        secrets: &HashSecrets,
        memory: &mut Vec<Block>,
    ) -> Result<PasswordDigest, HashFailed> {
        let bytes = password.as_bytes();
        let digest = match self {
            Self::Argon2(scheme) => scheme.digest(bytes, memory)?,
            Self::Bcrypt(scheme) => return Ok(scheme.digest(bytes).map(Zeroizing::new)),
            Self::Crypt(scheme) => scheme.digest(bytes),
            Self::OneRound(scheme) => scheme.digest(bytes),
            Self::Pbkdf2(scheme) => scheme.digest(bytes),
            Self::Scrypt(scheme) => return scheme.digest(password, secrets),
        };
        Ok(Some(Zeroizing::new(digest)))
    }
}
