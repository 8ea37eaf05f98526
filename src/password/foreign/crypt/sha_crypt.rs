//! SHA-crypt (U. Drepper, "Unix crypt using SHA-256 and SHA-512", 2008).

use zeroize::Zeroizing;

use super::rounds;
use crate::password::foreign::hash_function::HashFunction;

/// The rounds of a text that states none.
pub(super) const DEFAULT_ROUNDS: u32 = 5000;

pub(super) fn digest(function: HashFunction, password: &[u8], salt: &[u8], rounds: u32) -> Vec<u8> {
    let between = function.digest(&[password, salt, password]);
    let mut first = Zeroizing::new([password, salt].concat());
    first.extend(between.iter().cycle().take(password.len()));
    let mut length = password.len();
    while length > 0 {
        first.extend(if length & 1 == 1 { &between } else { password });
        length >>= 1;
    }
    let digest = function.digest(&[&first]);

    let repeated = vec![password; password.len()];
    let password = Zeroizing::new(stretched(function.digest(&repeated), password.len()));
    let salts = 16 + usize::from(digest.first().copied().unwrap_or_default());
    let salt = stretched(function.digest(&vec![salt; salts]), salt.len());
    rounds::mixed(function, rounds, digest, (&password, &salt))
}

/// Repeats a digest up to that length.
fn stretched(digest: Vec<u8>, length: usize) -> Vec<u8> {
    digest.into_iter().cycle().take(length).collect()
}
