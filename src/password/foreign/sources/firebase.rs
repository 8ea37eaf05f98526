//! Firebase: the file of hash parameters.

use crate::password::foreign::{HashRefusal, fields, limits};

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
                Ok(bytes) if bytes.len() <= 256 => Ok(value.to_owned()),
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
        let checked: Result<(), HashRefusal> =
            limits::scrypt(parameters.mem_cost, parameters.rounds, 1);
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
