//! PBKDF2 (RFC 8018 §5.2): `$pbkdf2-sha256$i=600000$SALT$HASH`.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;

use super::{
    ForeignHash, HashRefusal,
    fields::{self, NamedParameters},
    hash_function::HashFunction,
    limits,
};

/// The number of iterations below which a guess costs next to nothing (NIST SP 800-132 §5.2).
const FEWEST_ITERATIONS: u32 = 1000;

/// The parameters of PBKDF2.
#[derive(Debug)]
pub(super) struct Pbkdf2 {
    function: HashFunction,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    digest_bytes: usize,
}

impl Pbkdf2 {
    /// Reads `$pbkdf2-sha1$`, `$pbkdf2-sha256$` or `$pbkdf2-sha512$` with the parameters `i` and, optionally, `l`.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme: with `sha224` and `sha384`, Kratos means SHA-3.
    pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
        let (scheme, digest) = text.rsplit_once('$').ok_or(HashRefusal::UnknownHash)?;
        let (function, iterations, salt, length) = Self::parse_parameters(scheme)?;
        let digest = fields::from_base64(digest)?;
        if length.is_some_and(|length| usize::try_from(length) != Ok(digest.len())) {
            return Err(HashRefusal::Malformed);
        }
        Self::with_digest(function, iterations, salt, digest)
    }

    /// Reads a stored text without the digest, and the length of the digest as `l`.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme.
    pub(super) fn parse_head(text: &str) -> Result<Self, HashRefusal> {
        let (function, iterations, salt, length) = Self::parse_parameters(text)?;
        let length = usize::try_from(length.ok_or(HashRefusal::Malformed)?);
        let length = length.map_err(|_| HashRefusal::Malformed)?;
        if length > function.output_bytes() {
            return Err(HashRefusal::Malformed);
        }
        limits::digest(&vec![0; length])?;
        Self::of(function, iterations, salt, length)
    }

    fn parse_parameters(
        text: &str,
    ) -> Result<(HashFunction, u32, Vec<u8>, Option<u32>), HashRefusal> {
        let rest = text.strip_prefix("$pbkdf2-");
        let rest = rest.ok_or(HashRefusal::UnknownHash)?;
        let [function, parameters, salt] = fields::split(rest)?;
        let function = Self::function(function)?;
        let mut parameters = NamedParameters::parse(parameters)?;
        let iterations = parameters.number("i")?;
        let length = parameters.take("l").map(fields::number).transpose()?;
        parameters.finish()?;
        Ok((function, iterations, fields::from_base64(salt)?, length))
    }

    /// Returns the hash function with that name, if it is one of those that are used with PBKDF2.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`].
    pub(super) fn function(name: &str) -> Result<HashFunction, HashRefusal> {
        match HashFunction::named(name) {
            Some(found @ (HashFunction::Sha1 | HashFunction::Sha256 | HashFunction::Sha512)) => {
                Ok(found)
            }
            _ => Err(HashRefusal::UnknownHash),
        }
    }

    /// Creates a hash from its parts. Of a digest longer than the output of the hash function, the first part is kept: it
    /// depends on the whole password, and an attacker computes no more.
    ///
    /// # Errors
    /// The parameters exceed the limits, or the digest is too short.
    pub(super) fn with_digest(
        function: HashFunction,
        iterations: u32,
        salt: Vec<u8>,
        mut digest: Vec<u8>,
    ) -> Result<ForeignHash, HashRefusal> {
        limits::digest(&digest)?;
        digest.truncate(function.output_bytes());
        let scheme = Self::of(function, iterations, salt, digest.len())?;
        Ok(ForeignHash::new(scheme, digest))
    }

    fn of(
        function: HashFunction,
        iterations: u32,
        salt: Vec<u8>,
        digest_bytes: usize,
    ) -> Result<Self, HashRefusal> {
        limits::iterations(iterations)?;
        limits::salt(&salt)?;
        Ok(Self {
            function,
            iterations: NonZeroU32::new(iterations).ok_or(HashRefusal::HashParameters)?,
            salt,
            digest_bytes,
        })
    }

    /// Returns true if the iterations are too few to slow an attacker down.
    pub(super) const fn is_weak(&self) -> bool {
        self.iterations.get() < FEWEST_ITERATIONS
    }

    /// Returns the stored text without the digest.
    pub(super) fn head(&self) -> String {
        let Self {
            function,
            iterations,
            salt,
            digest_bytes,
        } = self;
        let (function, salt) = (function.name(), fields::base64(salt));
        format!("$pbkdf2-{function}$i={iterations},l={digest_bytes}${salt}")
    }

    /// Computes the digest of a password.
    pub(super) fn digest(&self, password: &[u8]) -> Vec<u8> {
        let algorithm = match self.function {
            HashFunction::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            HashFunction::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            _ => pbkdf2::PBKDF2_HMAC_SHA1,
        };
        let mut digest = vec![0; self.digest_bytes];
        pbkdf2::derive(
            algorithm,
            self.iterations,
            &self.salt,
            password,
            &mut digest,
        );
        digest
    }
}
