//! Schemes of crypt(3) and phpass: SHA-crypt `$5$` and `$6$`, MD5-crypt `$1$`, phpass `$P$` and `$H$`. Their digests are
//! kept as the characters of the text.

use super::{ForeignHash, HashRefusal, fields, hash_function::HashFunction, limits};

mod encoding;
mod md5_crypt;
mod phpass;
mod rounds;
mod sha_crypt;

/// A scheme of crypt(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CryptKind {
    Sha256,
    Sha512,
    Md5,
    Phpass,
}

impl CryptKind {
    const ALL: [Self; 4] = [Self::Sha256, Self::Sha512, Self::Md5, Self::Phpass];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Sha256 => "$5$",
            Self::Sha512 => "$6$",
            Self::Md5 => "$1$",
            Self::Phpass => "$P$",
        }
    }

    const fn function(self) -> HashFunction {
        match self {
            Self::Sha256 => HashFunction::Sha256,
            Self::Sha512 => HashFunction::Sha512,
            Self::Md5 | Self::Phpass => HashFunction::Md5,
        }
    }

    /// The number of characters of a digest.
    const fn digest_characters(self) -> usize {
        match self {
            Self::Sha256 => 43,
            Self::Sha512 => 86,
            Self::Md5 | Self::Phpass => 22,
        }
    }

    const fn max_salt_bytes(self) -> usize {
        match self {
            Self::Sha256 | Self::Sha512 => 16,
            Self::Md5 | Self::Phpass => 8,
        }
    }
}

/// The parameters of a scheme of crypt(3).
#[derive(Debug)]
pub(super) struct Crypt {
    kind: CryptKind,
    /// The rounds, if the text states them: for phpass, their binary logarithm.
    rounds: Option<u32>,
    salt: String,
}

impl Crypt {
    /// Reads a text of one of the schemes.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme.
    pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
        let (kind, rest) = Self::kind_of(text)?;
        let (parameters, digest) = match kind {
            CryptKind::Phpass => rest.split_at_checked(phpass::PARAMETER_CHARACTERS),
            _ => rest.rsplit_once('$'),
        }
        .ok_or(HashRefusal::Malformed)?;
        let is_digest = digest.len() == kind.digest_characters() && encoding::is_encoded(digest);
        if !is_digest {
            return Err(HashRefusal::Malformed);
        }
        let scheme = Self::of_parameters(kind, parameters)?;
        Ok(ForeignHash::new(scheme, digest.as_bytes().to_vec()))
    }

    /// Reads a text without its digest.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme.
    pub(super) fn parse_head(text: &str) -> Result<Self, HashRefusal> {
        let (kind, parameters) = Self::kind_of(text)?;
        Self::of_parameters(kind, parameters)
    }

    fn kind_of(text: &str) -> Result<(CryptKind, &str), HashRefusal> {
        if let Some(rest) = text.strip_prefix("$H$") {
            return Ok((CryptKind::Phpass, rest));
        }
        let mut kinds = CryptKind::ALL.into_iter();
        let found = kinds.find_map(|kind| Some((kind, text.strip_prefix(kind.prefix())?)));
        found.ok_or(HashRefusal::UnknownHash)
    }

    fn of_parameters(kind: CryptKind, parameters: &str) -> Result<Self, HashRefusal> {
        let (rounds, salt) = match kind {
            CryptKind::Phpass => {
                let (log, salt) = phpass::parameters(parameters)?;
                (Some(log), salt)
            }
            CryptKind::Md5 => (None, parameters),
            CryptKind::Sha256 | CryptKind::Sha512 => match parameters.strip_prefix("rounds=") {
                Some(rest) => {
                    let (rounds, salt) = rest.split_once('$').ok_or(HashRefusal::Malformed)?;
                    let rounds = fields::number(rounds)?;
                    limits::sha_crypt(rounds)?;
                    (Some(rounds), salt)
                }
                None => (None, parameters),
            },
        };
        if salt.contains('$') || salt.len() > kind.max_salt_bytes() {
            return Err(HashRefusal::Malformed);
        }
        Ok(Self {
            kind,
            rounds,
            salt: salt.to_owned(),
        })
    }

    /// Returns true for the schemes of MD5.
    pub(super) const fn is_weak(&self) -> bool {
        matches!(self.kind, CryptKind::Md5 | CryptKind::Phpass)
    }

    /// Returns true if the passwords of WordPress may have been hashed by the scheme.
    pub(super) fn trims(&self) -> bool {
        self.kind == CryptKind::Phpass
    }

    /// Returns the text without the digest.
    pub(super) fn head(&self) -> String {
        let (prefix, salt) = (self.kind.prefix(), &self.salt);
        match (self.kind, self.rounds) {
            (CryptKind::Phpass, Some(log)) => format!("{prefix}{}{salt}", encoding::character(log)),
            (_, Some(rounds)) => format!("{prefix}rounds={rounds}${salt}"),
            (_, None) => format!("{prefix}{salt}"),
        }
    }

    /// Computes the characters of the digest of a password.
    pub(super) fn digest(&self, password: &[u8]) -> Vec<u8> {
        let (function, salt) = (self.kind.function(), self.salt.as_bytes());
        match self.kind {
            CryptKind::Sha256 | CryptKind::Sha512 => {
                let rounds = self.rounds.unwrap_or(sha_crypt::DEFAULT_ROUNDS);
                let digest = sha_crypt::digest(function, password, salt, rounds);
                encoding::permuted(&digest)
            }
            CryptKind::Md5 => encoding::permuted(&md5_crypt::digest(password, salt)),
            CryptKind::Phpass => {
                let digest = phpass::digest(password, salt, self.rounds.unwrap_or_default());
                encoding::in_order(&digest)
            }
        }
    }
}
