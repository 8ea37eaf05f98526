//! The texts and files of the systems that are imported from.

mod aspnet;
mod auth0;
mod better_auth;
mod django;
mod firebase;
mod keycloak;
mod kratos;
mod ldap;

pub use self::firebase::{FirebaseParameters, InvalidHashConfig};
use super::{ForeignHash, HashRefusal, fields, hash_function::HashFunction, one_round::OneRound};

/// Reads the text of a hash of any system that describes itself, other than the stored forms.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] if no system writes such texts.
pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
    let mut read = django::parse(text);
    for parse in [
        kratos::parse,
        firebase::parse_supabase,
        ldap::parse,
        better_auth::parse,
        parse_bare_md5,
    ] {
        if matches!(read, Err(HashRefusal::UnknownHash)) {
            read = parse(text);
        }
    }
    read
}

/// Reads the MD5 of the password in hexadecimal, as old versions of WordPress wrote it.
fn parse_bare_md5(text: &str) -> Result<ForeignHash, HashRefusal> {
    if text.len() != 32 {
        return Err(HashRefusal::UnknownHash);
    }
    let digest = fields::from_hex(text).map_err(|_| HashRefusal::UnknownHash)?;
    OneRound::unsalted(HashFunction::Md5, digest)
}
