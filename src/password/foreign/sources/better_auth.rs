//! Better Auth: `SALT:KEY`, both hexadecimal.

use crate::password::foreign::{
    ForeignHash, HashRefusal, fields,
    scrypt::{Scrypt, ScryptCost, ScryptVariant},
};

const COST: ScryptCost = ScryptCost {
    log_n: 14,
    r: 16,
    p: 1,
};

/// Reads the column `password` of Better Auth. The salt is the hexadecimal text itself.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] for another form.
pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
    let (salt, key) = text.split_once(':').ok_or(HashRefusal::UnknownHash)?;
    let [salt_bytes, key] = [salt, key].map(fields::from_hex);
    if salt_bytes?.len() < 8 {
        return Err(HashRefusal::Malformed);
    }
    Scrypt::with_digest(ScryptVariant::Nfkc, COST, salt.as_bytes().to_vec(), key?)
}
