//! The rounds that MD5-crypt and SHA-crypt share.

use crate::password::foreign::hash_function::HashFunction;

/// Mixes the password and the salt into a digest. MD5-crypt takes both as they are, and SHA-crypt what it has made of them.
pub(super) fn mixed(
    function: HashFunction,
    rounds: u32,
    mut digest: Vec<u8>,
    (password, salt): (&[u8], &[u8]),
) -> Vec<u8> {
    for round in 0..rounds {
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
