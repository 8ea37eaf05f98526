//! Argon2 of all variants and versions (RFC 9106), with the parameters of other systems.

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::{
    ForeignHash, HashRefusal,
    fields::{self, NamedParameters},
    limits,
};
use crate::password::phc::HashFailed;

/// The shortest salt that Argon2 accepts, in bytes.
const MIN_SALT_BYTES: usize = 8;

/// The parameters of Argon2.
#[derive(Debug)]
pub(super) struct Argon2Scheme {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
}

impl Argon2Scheme {
    /// Reads `$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`, and the same of `argon2i` and `argon2d`. A text without a version
    /// has version 16 (1.0).
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme.
    pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
        let (name, rest) = split_name(text).ok_or(HashRefusal::UnknownHash)?;
        let algorithm = Algorithm::new(name).map_err(|_| HashRefusal::UnknownHash)?;
        let (version, rest) = match rest.strip_prefix("v=") {
            Some(rest) => rest.split_once('$').ok_or(HashRefusal::Malformed)?,
            None => ("16", rest),
        };
        let version = Version::try_from(fields::number(version)?);
        let version = version.map_err(|_| HashRefusal::UnknownHash)?;
        let [parameters, salt, digest] = fields::split(rest)?;
        let mut parameters = NamedParameters::parse(parameters)?;
        let [memory_kib, passes, lanes] = ["m", "t", "p"].map(|name| parameters.number(name));
        parameters.finish()?;
        let [salt, digest] = [salt, digest].map(fields::from_base64);
        let cost = (memory_kib?, passes?, lanes?);
        Self::with_digest(algorithm, version, cost, (salt?, digest?))
    }

    /// Creates a hash from its parts: the memory in KiB, the passes, the lanes; the salt and the digest.
    ///
    /// # Errors
    /// The parameters exceed the limits, or the digest is too short.
    pub(super) fn with_digest(
        algorithm: Algorithm,
        version: Version,
        (memory_kib, passes, lanes): (u32, u32, u32),
        (salt, digest): (Vec<u8>, Vec<u8>),
    ) -> Result<ForeignHash, HashRefusal> {
        limits::argon2(memory_kib, passes, lanes)?;
        limits::salt(&salt)?;
        limits::digest(&digest)?;
        let params = Params::new(memory_kib, passes, lanes, Some(digest.len()));
        let params = params.map_err(|_| HashRefusal::HashParameters)?;
        if salt.len() < MIN_SALT_BYTES {
            return Err(HashRefusal::HashParameters);
        }
        let scheme = Self {
            algorithm,
            version,
            params,
            salt,
        };
        Ok(ForeignHash::new(scheme, digest))
    }

    /// Returns the stored text without the digest.
    pub(super) fn head(&self) -> String {
        format!(
            "${}$v={}$m={},t={},p={}${}",
            self.algorithm,
            u32::from(self.version),
            self.params.m_cost(),
            self.params.t_cost(),
            self.params.p_cost(),
            fields::base64(&self.salt)
        )
    }

    /// Returns the memory of one check, in KiB.
    pub(super) const fn memory_kib(&self) -> u32 {
        self.params.m_cost()
    }

    /// Returns the work of one check, in KiB times passes.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.params.m_cost()) * u64::from(self.params.t_cost())
    }

    /// Computes the digest of a password.
    ///
    /// # Errors
    /// The system has too little memory.
    pub(super) fn digest(
        &self,
        password: &[u8],
        memory: &mut Vec<Block>,
    ) -> Result<Vec<u8>, HashFailed> {
        let mut output = vec![0; self.params.output_len().ok_or(HashFailed)?];
        let blocks = self.params.block_count();
        // The memory of an imported hash may exceed that of this service many times.
        memory
            .try_reserve_exact(blocks.saturating_sub(memory.len()))
            .map_err(|_| HashFailed)?;
        memory.resize(blocks, Block::default());
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(
                password,
                &self.salt,
                &mut output,
                memory.as_mut_slice(),
            )
            .map_err(|_| HashFailed)?;
        Ok(output)
    }
}

fn split_name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('$')?.split_once('$')?;
    name.starts_with("argon2").then_some((name, rest))
}
