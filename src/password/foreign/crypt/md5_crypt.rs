//! MD5-crypt.

use super::rounds;
use crate::password::foreign::hash_function::HashFunction;

const ROUNDS: u32 = 1000;

pub(super) fn digest(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let function = HashFunction::Md5;
    let between = function.digest(&[password, salt, password]);
    let mut first = [password, b"$1$", salt].concat();
    first.extend(between.iter().cycle().take(password.len()));
    // For each bit of the length: a zero, or the first byte of the password.
    let mut length = password.len();
    while length > 0 {
        first.push(if length & 1 == 1 {
            0
        } else {
            password.first().copied().unwrap_or_default()
        });
        length >>= 1;
    }
    let first = function.digest(&[&first]);
    rounds::mixed(function, ROUNDS, first, (password, salt))
}
