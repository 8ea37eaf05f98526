//! phpass, the portable hashes of WordPress before 6.8 and of phpBB: MD5 repeated 2ⁿ times.

use super::encoding;
use crate::password::foreign::{HashRefusal, hash_function::HashFunction, limits};

/// The characters between the prefix and the digest: one of n, eight of the salt.
pub(super) const PARAMETER_CHARACTERS: usize = 9;

/// Returns n and the salt.
///
/// # Errors
/// [`HashRefusal::HashParameters`] or [`HashRefusal::Malformed`].
pub(super) fn parameters(text: &str) -> Result<(u32, &str), HashRefusal> {
    let (log, salt) = text.split_at_checked(1).ok_or(HashRefusal::Malformed)?;
    let log = log.bytes().next().and_then(encoding::value);
    let log = log.ok_or(HashRefusal::Malformed)?;
    limits::phpass(log)?;
    if salt.len() + 1 != PARAMETER_CHARACTERS {
        return Err(HashRefusal::Malformed);
    }
    Ok((log, salt))
}

pub(super) fn digest(password: &[u8], salt: &[u8], log_rounds: u32) -> Vec<u8> {
    let mut digest = HashFunction::Md5.digest(&[salt, password]);
    for _ in 0..1_u32 << log_rounds {
        digest = HashFunction::Md5.digest(&[&digest, password]);
    }
    digest
}
