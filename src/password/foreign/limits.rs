//! The limits of parameters, when a hash is imported and when a password is checked. No row of the database can occupy a
//! worker for more than seconds.

use super::HashRefusal;

/// The longest text of a hash, in bytes.
pub(super) const MAX_TEXT: usize = 4096;

/// The lengths of digests, in bytes. Shorter ones match too many passwords.
const DIGEST_BYTES: std::ops::RangeInclusive<usize> = 16..=256;

/// The longest salt, in bytes.
const MAX_SALT_BYTES: usize = 1024;

/// Returns an error unless the value is within the limits.
fn within(is_within: bool) -> Result<(), HashRefusal> {
    is_within.then_some(()).ok_or(HashRefusal::HashParameters)
}

/// Checks the cost of bcrypt, the binary logarithm of its rounds.
pub(super) fn bcrypt(cost: u32) -> Result<(), HashRefusal> {
    within((4..=14).contains(&cost))
}

/// Checks the number of iterations of PBKDF2, or of rounds of a scheme that iterates a hash function.
pub(super) fn iterations(count: u32) -> Result<(), HashRefusal> {
    within((1..=2_000_000).contains(&count))
}

/// Checks the parameters of scrypt: 128·N·r·p is at most 128 MiB.
pub(super) fn scrypt(log_n: u32, r: u32, p: u32) -> Result<(), HashRefusal> {
    within((1..=20).contains(&log_n) && r > 0 && p > 0)?;
    let product = (u64::from(r) * u64::from(p)).checked_mul(1 << log_n);
    within(product.is_some_and(|product| product <= 1 << 20))
}

/// Checks the parameters of Argon2: at most 1 GiB and 20 passes, or what Signet itself may have stored.
pub(super) fn argon2(memory_kib: u32, passes: u32, lanes: u32) -> Result<(), HashRefusal> {
    let foreign = memory_kib <= 1024 * 1024 && passes <= 20;
    let own = memory_kib <= 256 * 1024 && passes <= 64;
    within((foreign || own) && passes > 0 && (1..=255).contains(&lanes))
}

/// Checks the length of a digest.
pub(super) fn digest(digest: &[u8]) -> Result<(), HashRefusal> {
    let is_usable = DIGEST_BYTES.contains(&digest.len());
    is_usable.then_some(()).ok_or(HashRefusal::Malformed)
}

/// Checks the length of a salt.
pub(super) fn salt(salt: &[u8]) -> Result<(), HashRefusal> {
    let is_usable = salt.len() <= MAX_SALT_BYTES;
    is_usable.then_some(()).ok_or(HashRefusal::Malformed)
}

/// Checks the rounds of SHA-crypt. Each of them hashes the whole password.
pub(super) fn sha_crypt(rounds: u32) -> Result<(), HashRefusal> {
    within((1000..=1_000_000).contains(&rounds))
}

/// Checks the cost of phpass, the binary logarithm of its rounds. Each of them hashes the whole password.
pub(super) fn phpass(log_rounds: u32) -> Result<(), HashRefusal> {
    within((7..=20).contains(&log_rounds))
}
