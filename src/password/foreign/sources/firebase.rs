//! Firebase: its export and its file of hash parameters, and its hashes in Supabase and Kratos.

use crate::password::foreign::{
    ForeignHash, HashRefusal, HashSecrets, SecretState,
    fields::{self, NamedParameters},
    limits,
    scrypt::{Scrypt, ScryptCost, ScryptVariant},
};

/// The longest signer key and the longest salt separator, in bytes.
const MAX_KEY_BYTES: usize = 256;

/// The hash parameters of a Firebase project.
#[derive(Clone)]
pub struct FirebaseParameters {
    signer_key: String,
    salt_separator: String,
    rounds: u32,
    mem_cost: u32,
}

/// The reason why a file of hash parameters is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHashConfig {
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter has a wrong value.
    #[error("{0} must be {1}")]
    Invalid(&'static str, &'static str),
}

impl FirebaseParameters {
    /// Reads `hash_config { algorithm: SCRYPT, base64_signer_key: …, … }` as the console shows it, or the same names as
    /// JSON.
    ///
    /// # Errors
    /// The parameter that is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidHashConfig> {
        let find = |name: &'static str| {
            let at = text.find(name).ok_or(InvalidHashConfig::Missing(name))?;
            let rest = text.get(at + name.len()..).unwrap_or_default();
            let rest = rest.trim_start_matches(['"', ':', ' ', '\t']);
            let end = rest.find(['"', ',', '}', '\n', '\r', ' ']);
            Ok(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default())
        };
        if find("algorithm")? != "SCRYPT" {
            return Err(InvalidHashConfig::Invalid("algorithm", "SCRYPT"));
        }
        let base64 = |name| {
            let value = find(name)?;
            match fields::from_base64(value) {
                Ok(bytes) if bytes.len() <= MAX_KEY_BYTES => Ok(value.to_owned()),
                _ => Err(InvalidHashConfig::Invalid(name, "base64")),
            }
        };
        let number = |name| {
            let value = fields::number(find(name)?);
            value.map_err(|_| InvalidHashConfig::Invalid(name, "a number"))
        };
        let parameters = Self {
            signer_key: base64("base64_signer_key")?,
            salt_separator: base64("base64_salt_separator")?,
            rounds: number("rounds")?,
            mem_cost: number("mem_cost")?,
        };
        let checked = limits::scrypt(parameters.mem_cost, parameters.rounds, 1);
        let within = "within 128 MiB of memory together with rounds";
        checked.map_err(|_| InvalidHashConfig::Invalid("mem_cost", within))?;
        Ok(parameters)
    }
}

/// Shows no key.
impl std::fmt::Debug for FirebaseParameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FirebaseParameters([secret])")
    }
}

impl ForeignHash {
    /// Reads the base64 texts `salt` and `passwordHash` of an export of Firebase.
    ///
    /// # Errors
    /// [`HashRefusal::Malformed`]. The limits of the parameters were checked when they were read.
    pub fn firebase(
        parameters: &FirebaseParameters,
        salt: &str,
        hash: &str,
    ) -> Result<Self, HashRefusal> {
        let cost = ScryptCost {
            log_n: parameters.mem_cost,
            r: parameters.rounds,
            p: 1,
        };
        let key = (
            parameters.signer_key.as_str(),
            parameters.salt_separator.as_str(),
        );
        of_project(key, cost, (salt, hash))
    }
}

/// Reads `$fbscrypt$v=1,n=14,r=8,p=1,ss=SEPARATOR,sk=KEY$SALT$HASH` of Supabase.
///
/// # Errors
/// [`HashRefusal::UnknownHash`] for another form or version.
pub(super) fn parse_supabase(text: &str) -> Result<ForeignHash, HashRefusal> {
    let rest = text.strip_prefix("$fbscrypt$");
    let [parameters, salt, hash] = fields::split(rest.ok_or(HashRefusal::UnknownHash)?)?;
    let mut parameters = NamedParameters::parse(parameters)?;
    if parameters.number("v")? != 1 {
        return Err(HashRefusal::UnknownHash);
    }
    let separator = parameters.take("ss").unwrap_or_default();
    let key = parameters.take("sk").ok_or(HashRefusal::Malformed)?;
    let cost = cost(parameters, ["n", "r", "p"])?;
    of_project((key, separator), cost, (salt, hash))
}

/// Reads `ln=14,r=8,p=1$SALT$HASH$SEPARATOR$KEY` of Kratos.
///
/// # Errors
/// [`HashRefusal::Malformed`] or [`HashRefusal::HashParameters`].
pub(super) fn parse_kratos(text: &str) -> Result<ForeignHash, HashRefusal> {
    let [parameters, salt, hash, separator, key] = fields::split(text)?;
    let cost = cost(NamedParameters::parse(parameters)?, ["ln", "r", "p"])?;
    of_project((key, separator), cost, (salt, hash))
}

/// Reads the cost of scrypt from the parameters with these names: log N, r and p. The other ones have been taken.
fn cost(mut parameters: NamedParameters<'_>, names: [&str; 3]) -> Result<ScryptCost, HashRefusal> {
    let [log_n, r, p] = names.map(|name| parameters.number(name));
    parameters.finish()?;
    Ok(ScryptCost {
        log_n: log_n?,
        r: r?,
        p: p?,
    })
}

fn of_project(
    (key, separator): (&str, &str),
    cost: ScryptCost,
    (salt, hash): (&str, &str),
) -> Result<ForeignHash, HashRefusal> {
    let [salt, hash] = [salt, hash].map(fields::from_base64);
    let [key_bytes, separator_bytes] = [key, separator].map(fields::from_base64);
    let (hash, key_bytes, separator_bytes) = (hash?, key_bytes?, separator_bytes?);
    // The hash is the encrypted key.
    if hash.len() != key_bytes.len() || separator_bytes.len() > MAX_KEY_BYTES {
        return Err(HashRefusal::Malformed);
    }
    let mut read = Scrypt::with_digest(ScryptVariant::Firebase, cost, salt?, hash)?;
    read.secrets = SecretState::Open(HashSecrets {
        firebase: Some((key.to_owned(), separator.to_owned())),
        pepper: None,
    });
    Ok(read)
}
