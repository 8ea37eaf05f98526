//! Keycloak: the texts `secretData` and `credentialData` of a credential, which contain JSON.

use argon2::{Algorithm, Version};
use serde::Deserialize;

use crate::password::foreign::{
    ForeignHash, HashRefusal, argon2_variants::Argon2Scheme, fields, pbkdf2::Pbkdf2,
};

/// The content of `secretData`.
#[derive(Deserialize)]
struct KeycloakSecret {
    value: String,
    salt: String,
}

/// The content of `credentialData`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeycloakCredential {
    algorithm: String,
    hash_iterations: u32,
    #[serde(default)]
    additional_parameters: Option<KeycloakParameters>,
}

/// The parameters of Argon2. Each is a list of one text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeycloakParameters {
    #[serde(default, rename = "type")]
    variant: Vec<String>,
    #[serde(default)]
    version: Vec<String>,
    #[serde(default)]
    memory: Vec<String>,
    #[serde(default)]
    parallelism: Vec<String>,
}

impl ForeignHash {
    /// Reads the hash of a Keycloak credential of the type `password`: two texts that contain JSON.
    ///
    /// # Errors
    /// The algorithm is unknown, its parameters exceed the limits, or a text is malformed.
    pub fn keycloak(secret_data: &str, credential_data: &str) -> Result<Self, HashRefusal> {
        let secret: KeycloakSecret =
            serde_json::from_str(secret_data).map_err(|_| HashRefusal::Malformed)?;
        let credential: KeycloakCredential =
            serde_json::from_str(credential_data).map_err(|_| HashRefusal::Malformed)?;
        let [salt, digest] = [&secret.salt, &secret.value].map(|text| fields::from_base64(text));
        let (salt, digest) = (salt?, digest?);
        let iterations = credential.hash_iterations;
        let function = match credential.algorithm.as_str() {
            "pbkdf2" => "sha1",
            "argon2" => {
                let parameters = credential.additional_parameters.unwrap_or_default();
                return argon2(&parameters, iterations, (salt, digest));
            }
            other => other
                .strip_prefix("pbkdf2-")
                .ok_or(HashRefusal::UnknownHash)?,
        };
        Pbkdf2::with_digest(Pbkdf2::function(function)?, iterations, salt, digest)
    }
}

fn argon2(
    parameters: &KeycloakParameters,
    passes: u32,
    digest: (Vec<u8>, Vec<u8>),
) -> Result<ForeignHash, HashRefusal> {
    let algorithm = match one(&parameters.variant)? {
        "id" => Algorithm::Argon2id,
        "i" => Algorithm::Argon2i,
        "d" => Algorithm::Argon2d,
        _ => return Err(HashRefusal::UnknownHash),
    };
    let version = match one(&parameters.version)? {
        "1.3" => Version::V0x13,
        "1.0" => Version::V0x10,
        _ => return Err(HashRefusal::UnknownHash),
    };
    let memory_kib = fields::number(one(&parameters.memory)?)?;
    let lanes = fields::number(one(&parameters.parallelism)?)?;
    Argon2Scheme::with_digest(algorithm, version, (memory_kib, passes, lanes), digest)
}

fn one(list: &[String]) -> Result<&str, HashRefusal> {
    match list {
        [value] => Ok(value),
        _ => Err(HashRefusal::Malformed),
    }
}
