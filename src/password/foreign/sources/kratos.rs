//! Ory Kratos: texts that begin with `$` and the name of a scheme.

use super::firebase;
use crate::password::foreign::{
    ForeignHash, HashRefusal,
    crypt::Crypt,
    fields::{self, NamedParameters},
    hash_function::HashFunction,
    one_round::OneRound,
};

/// The names that Kratos gives to the schemes of crypt(3).
const CRYPT: [(&str, &str); 3] = [
    ("$md5-crypt$", "$1$"),
    ("$sha256-crypt$", "$5$"),
    ("$sha512-crypt$", "$6$"),
];

/// Reads the member `hashed_password` of Kratos, other than the stored forms.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] for another form.
pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
    for (name, prefix) in CRYPT {
        if let Some(rest) = text.strip_prefix(name) {
            return Crypt::parse(&format!("{prefix}{rest}"));
        }
    }
    let rest = text.strip_prefix('$').ok_or(HashRefusal::UnknownHash)?;
    let (name, rest) = rest.split_once('$').ok_or(HashRefusal::UnknownHash)?;
    if name == "firescrypt" {
        return firebase::parse_kratos(rest);
    }
    if let Some(function) = name.strip_prefix("hmac-") {
        let function = HashFunction::named(function).ok_or(HashRefusal::UnknownHash)?;
        return parse_hmac(function, rest);
    }
    let function = HashFunction::named(name).ok_or(HashRefusal::UnknownHash)?;
    parse_one_round(function, rest)
}

/// Reads `HASH`, or `pf=TEMPLATE$SALT$HASH`.
fn parse_one_round(function: HashFunction, rest: &str) -> Result<ForeignHash, HashRefusal> {
    if !rest.contains('$') {
        return OneRound::unsalted(function, fields::from_base64(rest)?);
    }
    let [template, salt, digest] = fields::split(rest)?;
    let mut parameters = NamedParameters::parse(template)?;
    let template = parameters.take("pf").ok_or(HashRefusal::Malformed)?;
    parameters.finish()?;
    let [template, salt, digest] = [template, salt, digest].map(fields::from_base64);
    let template = String::from_utf8(template?).map_err(|_| HashRefusal::Malformed)?;
    OneRound::salted(function, &template, salt?, digest?)
}

/// Reads `HASH$KEY`: the base64 of the hexadecimal digest, and that of the key.
fn parse_hmac(function: HashFunction, rest: &str) -> Result<ForeignHash, HashRefusal> {
    let [digest, key] = fields::split(rest)?;
    let [digest, key] = [digest, key].map(fields::from_base64);
    let digest = String::from_utf8(digest?).map_err(|_| HashRefusal::Malformed)?;
    OneRound::hmac(function, key?, fields::from_hex(&digest)?)
}
