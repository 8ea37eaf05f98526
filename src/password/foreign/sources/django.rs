//! Django: `ALGORITHM$PARAMETERS$SALT$HASH`, where the salt is text.

use crate::password::foreign::{
    ForeignHash, HashRefusal,
    argon2_variants::Argon2Scheme,
    bcrypt::{Bcrypt, BcryptInput},
    fields,
    hash_function::HashFunction,
    one_round::OneRound,
    pbkdf2::Pbkdf2,
    scrypt::{Scrypt, ScryptCost, ScryptVariant},
};

/// Reads the column `password` of Django.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] for another form.
pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
    let (name, rest) = text.split_once('$').ok_or(HashRefusal::UnknownHash)?;
    match name {
        "pbkdf2_sha256" => parse_pbkdf2(HashFunction::Sha256, rest),
        "pbkdf2_sha1" => parse_pbkdf2(HashFunction::Sha1, rest),
        "argon2" => Argon2Scheme::parse(&format!("${rest}")),
        "bcrypt" => Bcrypt::parse(rest, BcryptInput::Password),
        "bcrypt_sha256" => Bcrypt::parse(rest, BcryptInput::Sha256Hex),
        "scrypt" => parse_scrypt(rest),
        "md5" => parse_salted(HashFunction::Md5, rest),
        "sha1" => parse_salted(HashFunction::Sha1, rest),
        _ => Err(HashRefusal::UnknownHash),
    }
}

fn parse_pbkdf2(function: HashFunction, rest: &str) -> Result<ForeignHash, HashRefusal> {
    let [iterations, salt, digest] = fields::split(rest)?;
    let (iterations, salt) = (fields::number(iterations)?, salt.as_bytes().to_vec());
    Pbkdf2::with_digest(function, iterations, salt, fields::from_base64(digest)?)
}

fn parse_scrypt(rest: &str) -> Result<ForeignHash, HashRefusal> {
    let [n, salt, r, p, digest] = fields::split(rest)?;
    let cost = ScryptCost {
        log_n: ScryptCost::log_of(fields::number(n)?)?,
        r: fields::number(r)?,
        p: fields::number(p)?,
    };
    let salt = salt.as_bytes().to_vec();
    Scrypt::with_digest(
        ScryptVariant::Plain,
        cost,
        salt,
        fields::from_base64(digest)?,
    )
}

fn parse_salted(function: HashFunction, rest: &str) -> Result<ForeignHash, HashRefusal> {
    let [salt, digest] = fields::split(rest)?;
    OneRound::joined(
        function,
        true,
        salt.as_bytes().to_vec(),
        fields::from_hex(digest)?,
    )
}
