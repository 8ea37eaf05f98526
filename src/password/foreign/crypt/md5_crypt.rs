//! MD5-crypt.

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
    let mut digest = function.digest(&[&first]);
    for round in 0..ROUNDS {
        let (start, end) = if round % 2 == 1 {
            (password, digest.as_slice())
        } else {
            (digest.as_slice(), password)
        };
        let by_three = if round % 3 == 0 { &[] } else { salt };
        let by_seven = if round % 7 == 0 { &[] } else { password };
        digest = function.digest(&[start, by_three, by_seven, end]);
    }
    digest
}
