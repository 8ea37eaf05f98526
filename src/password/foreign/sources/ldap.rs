//! LDAP (RFC 2307): `{SSHA}` and base64 of the digest and the salt, and the same of other functions, with and without salt.

use crate::password::foreign::{
    ForeignHash, HashRefusal, fields, hash_function::HashFunction, one_round::OneRound,
};

/// Reads a value of the attribute `userPassword`.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] for another form.
pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
    let rest = text.strip_prefix('{').ok_or(HashRefusal::UnknownHash)?;
    let (name, value) = rest.split_once('}').ok_or(HashRefusal::UnknownHash)?;
    let (function, is_salted) = match name.to_ascii_uppercase().as_str() {
        "MD5" => (HashFunction::Md5, false),
        "SMD5" => (HashFunction::Md5, true),
        "SHA" => (HashFunction::Sha1, false),
        "SSHA" => (HashFunction::Sha1, true),
        "SHA256" => (HashFunction::Sha256, false),
        "SSHA256" => (HashFunction::Sha256, true),
        "SHA384" => (HashFunction::Sha384, false),
        "SSHA384" => (HashFunction::Sha384, true),
        "SHA512" => (HashFunction::Sha512, false),
        "SSHA512" => (HashFunction::Sha512, true),
        _ => return Err(HashRefusal::UnknownHash),
    };
    let value = fields::from_base64(value)?;
    let parts = value.split_at_checked(function.output_bytes());
    let (digest, salt) = parts.ok_or(HashRefusal::Malformed)?;
    if salt.is_empty() == is_salted {
        return Err(HashRefusal::Malformed);
    }
    if is_salted {
        OneRound::joined(function, false, salt.to_vec(), digest.to_vec())
    } else {
        OneRound::unsalted(function, digest.to_vec())
    }
}
