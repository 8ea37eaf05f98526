//! bcrypt: `$2b$12$` and 53 characters of salt and digest.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use zeroize::Zeroizing;

use super::{ForeignHash, HashRefusal, fields, hash_function::HashFunction, limits};

/// bcrypt reads this many bytes of a password.
const MAX_PASSWORD_BYTES: usize = 72;
/// The characters of a salt, which precede those of the digest.
const SALT_CHARACTERS: usize = 22;
const DIGEST_BYTES: usize = 23;

/// The alphabet of bcrypt. Some systems leave bits of the last character of the salt set.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The input of bcrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BcryptInput {
    /// The first 72 bytes of the password. A password with a NUL has no hash.
    Password,
    /// The SHA-256 of the password in hexadecimal, as Django computes it.
    Sha256Hex,
    /// The HMAC-SHA-384 of the trimmed password in base64, as WordPress computes it.
    WordPress,
}

impl BcryptInput {
    const ALL: [Self; 3] = [Self::Password, Self::Sha256Hex, Self::WordPress];

    /// Returns the start of the stored text.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Password => "",
            Self::Sha256Hex => "$signet-bcrypt-sha256",
            Self::WordPress => "$wp",
        }
    }

    fn of(self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Password => password.to_vec(),
            Self::Sha256Hex => fields::hex(&HashFunction::Sha256.digest(&[password])).into_bytes(),
            Self::WordPress => {
                let digest = HashFunction::Sha384.hmac(b"wp-sha384", password);
                STANDARD.encode(digest).into_bytes()
            }
        })
    }
}

/// The parameters of bcrypt.
#[derive(Debug)]
pub(super) struct Bcrypt {
    input: BcryptInput,
    version: char,
    cost: u32,
    salt: [u8; 16],
}

impl Bcrypt {
    /// Reads `$2a$`, `$2b$` or `$2y$`.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme, also for `$2x$`, which hashes some passwords wrongly.
    pub(super) fn parse(text: &str, input: BcryptInput) -> Result<ForeignHash, HashRefusal> {
        let rest = text.strip_prefix("$2").ok_or(HashRefusal::UnknownHash)?;
        let (version, rest) = rest.split_once('$').ok_or(HashRefusal::UnknownHash)?;
        let version = match version {
            "a" => 'a',
            "b" => 'b',
            "y" => 'y',
            _ => return Err(HashRefusal::UnknownHash),
        };
        let [cost, value] = fields::split(rest)?;
        let cost = fields::number(cost)?;
        limits::bcrypt(cost)?;
        let parts = value.split_at_checked(SALT_CHARACTERS);
        let (salt, digest) = parts.ok_or(HashRefusal::Malformed)?;
        let [salt, digest] = [salt, digest].map(|part| BASE64.decode(part));
        let salt = salt.map_err(|_| HashRefusal::Malformed)?;
        let digest = digest.map_err(|_| HashRefusal::Malformed)?;
        if digest.len() != DIGEST_BYTES {
            return Err(HashRefusal::Malformed);
        }
        let scheme = Self {
            input,
            version,
            cost,
            salt: salt.try_into().map_err(|_| HashRefusal::Malformed)?,
        };
        Ok(ForeignHash::new(scheme, digest))
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme.
    pub(super) fn parse_stored(text: &str) -> Result<ForeignHash, HashRefusal> {
        let mut inputs = BcryptInput::ALL.into_iter();
        let found = inputs.find_map(|input| {
            let rest = text.strip_prefix(input.prefix())?;
            rest.starts_with("$2").then_some((input, rest))
        });
        let (input, rest) = found.ok_or(HashRefusal::UnknownHash)?;
        Self::parse(rest, input)
    }

    /// Returns true if white space around a password was removed before it was hashed.
    pub(super) fn trims(&self) -> bool {
        self.input == BcryptInput::WordPress
    }

    /// Returns the stored text without the digest.
    pub(super) fn head(&self) -> String {
        let Self {
            input,
            version,
            cost,
            salt,
        } = self;
        let (prefix, salt) = (input.prefix(), BASE64.encode(salt));
        format!("{prefix}$2{version}${cost:02}${salt}")
    }

    /// Encodes a digest for the end of the stored text.
    pub(super) fn encode(digest: &[u8]) -> String {
        BASE64.encode(digest)
    }

    /// Computes the digest of a password, or `None` if the password has none.
    pub(super) fn digest(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut input = self.input.of(password);
        if input.contains(&0) {
            return None;
        }
        // The end of the text is part of the input, unless the text is truncated.
        input.push(0);
        input.truncate(MAX_PASSWORD_BYTES);
        let digest = ::bcrypt::bcrypt(self.cost, self.salt, &input);
        digest.get(..DIGEST_BYTES).map(<[u8]>::to_vec)
    }
}
