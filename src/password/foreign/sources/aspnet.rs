//! ASP.NET Core Identity: base64 of a version byte, parameters, salt and key.

use crate::password::foreign::{
    ForeignHash, HashRefusal, fields, hash_function::HashFunction, pbkdf2::Pbkdf2,
};

/// The parameters of version 2.
const ITERATIONS_OF_VERSION_2: u32 = 1000;
const SALT_BYTES_OF_VERSION_2: usize = 16;
const KEY_BYTES_OF_VERSION_2: usize = 32;

impl ForeignHash {
    /// Reads the column `PasswordHash` of ASP.NET Core Identity, of version 2 or 3.
    ///
    /// # Errors
    /// The version is unknown, the parameters exceed the limits, or the text is malformed.
    pub fn aspnet(base64: &str) -> Result<Self, HashRefusal> {
        let bytes = fields::from_base64(base64)?;
        match bytes.split_first() {
            Some((0, rest)) => version_2(rest),
            Some((1, rest)) => version_3(rest),
            Some(_) => Err(HashRefusal::UnknownHash),
            None => Err(HashRefusal::Malformed),
        }
    }
}

fn version_2(rest: &[u8]) -> Result<ForeignHash, HashRefusal> {
    if rest.len() != SALT_BYTES_OF_VERSION_2 + KEY_BYTES_OF_VERSION_2 {
        return Err(HashRefusal::Malformed);
    }
    let (salt, key) = rest.split_at(SALT_BYTES_OF_VERSION_2);
    let (salt, key) = (salt.to_vec(), key.to_vec());
    Pbkdf2::with_digest(HashFunction::Sha1, ITERATIONS_OF_VERSION_2, salt, key)
}

/// Reads the number of the pseudorandom function, the iterations and the length of the salt, 32 bits each.
fn version_3(rest: &[u8]) -> Result<ForeignHash, HashRefusal> {
    let (function, rest) = number(rest)?;
    let (iterations, rest) = number(rest)?;
    let (length, rest) = number(rest)?;
    let function = match function {
        0 => HashFunction::Sha1,
        1 => HashFunction::Sha256,
        2 => HashFunction::Sha512,
        _ => return Err(HashRefusal::UnknownHash),
    };
    let length = usize::try_from(length).map_err(|_| HashRefusal::Malformed)?;
    let parts = rest.split_at_checked(length);
    let (salt, key) = parts.ok_or(HashRefusal::Malformed)?;
    Pbkdf2::with_digest(function, iterations, salt.to_vec(), key.to_vec())
}

fn number(bytes: &[u8]) -> Result<(u32, &[u8]), HashRefusal> {
    let parts = bytes.split_first_chunk::<4>();
    let (number, rest) = parts.ok_or(HashRefusal::Malformed)?;
    Ok((u32::from_be_bytes(*number), rest))
}
