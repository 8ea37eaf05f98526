//! Auth0: the member `custom_password_hash` of its import schema.

use serde::Deserialize;

use super::ldap;
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

/// The document. An unknown member could change the hash, so it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomHash {
    algorithm: String,
    hash: CustomHashValue,
    #[serde(default)]
    salt: Option<CustomHashSalt>,
    #[serde(default)]
    password: Option<CustomHashPassword>,
    #[serde(default)]
    keylen: Option<u32>,
    #[serde(default)]
    cost: Option<u32>,
    #[serde(default, rename = "blockSize")]
    block_size: Option<u32>,
    #[serde(default)]
    parallelization: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomHashValue {
    value: String,
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    key: Option<EncodedKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EncodedKey {
    value: String,
    #[serde(default)]
    encoding: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomHashSalt {
    value: String,
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default)]
    position: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomHashPassword {
    #[serde(default)]
    encoding: Option<String>,
}

impl ForeignHash {
    /// Reads the member `custom_password_hash` of a user of Auth0: a text that contains JSON.
    ///
    /// # Errors
    /// The algorithm or its use is unknown, the parameters exceed the limits, or the text is malformed.
    pub fn auth0_custom(json: &str) -> Result<Self, HashRefusal> {
        let custom: CustomHash = serde_json::from_str(json).map_err(|_| HashRefusal::Malformed)?;
        let encoding = custom
            .password
            .as_ref()
            .and_then(|it| it.encoding.as_deref());
        if !matches!(encoding, None | Some("utf8" | "utf-8" | "ascii")) {
            return Err(HashRefusal::UnknownHash);
        }
        let text = custom.hash.value.as_str();
        match custom.algorithm.as_str() {
            "argon2" => Argon2Scheme::parse(text),
            "bcrypt" => Bcrypt::parse(text, BcryptInput::Password),
            "pbkdf2" => Pbkdf2::parse(text),
            "ldap" => ldap::parse(text),
            "scrypt" => scrypt(&custom),
            "hmac" => hmac(&custom.hash),
            name => {
                let function = HashFunction::named(name).ok_or(HashRefusal::UnknownHash)?;
                one_round(function, &custom)
            }
        }
    }
}

fn one_round(function: HashFunction, custom: &CustomHash) -> Result<ForeignHash, HashRefusal> {
    let digest = decode(&custom.hash.value, custom.hash.encoding.as_deref())?;
    let Some(salt) = &custom.salt else {
        return OneRound::unsalted(function, digest);
    };
    let value = decode(&salt.value, salt.encoding.as_deref().or(Some("utf8")))?;
    let is_first = match salt.position.as_deref() {
        None | Some("prefix") => true,
        Some("suffix") => false,
        Some(_) => return Err(HashRefusal::UnknownHash),
    };
    OneRound::joined(function, is_first, value, digest)
}

fn hmac(hash: &CustomHashValue) -> Result<ForeignHash, HashRefusal> {
    let function = hash.digest.as_deref().and_then(HashFunction::named);
    let function = function.ok_or(HashRefusal::UnknownHash)?;
    let key = hash.key.as_ref().ok_or(HashRefusal::Malformed)?;
    let key = decode(&key.value, key.encoding.as_deref().or(Some("utf8")))?;
    OneRound::hmac(
        function,
        key,
        decode(&hash.value, hash.encoding.as_deref())?,
    )
}

fn scrypt(custom: &CustomHash) -> Result<ForeignHash, HashRefusal> {
    let digest = decode(&custom.hash.value, custom.hash.encoding.as_deref())?;
    let salt = custom.salt.as_ref().ok_or(HashRefusal::Malformed)?;
    let salt = decode(&salt.value, salt.encoding.as_deref().or(Some("utf8")))?;
    let length = custom.keylen.map(usize::try_from);
    if length.is_some_and(|length| length != Ok(digest.len())) {
        return Err(HashRefusal::Malformed);
    }
    let cost = ScryptCost {
        log_n: ScryptCost::log_of(custom.cost.unwrap_or(16_384))?,
        r: custom.block_size.unwrap_or(8),
        p: custom.parallelization.unwrap_or(1),
    };
    Scrypt::with_digest(ScryptVariant::Plain, cost, salt, digest)
}

fn decode(text: &str, encoding: Option<&str>) -> Result<Vec<u8>, HashRefusal> {
    match encoding {
        Some("hex") => fields::from_hex(text),
        Some("base64") => fields::from_base64(text),
        Some("utf8" | "utf-8") => Ok(text.as_bytes().to_vec()),
        _ => Err(HashRefusal::UnknownHash),
    }
}
