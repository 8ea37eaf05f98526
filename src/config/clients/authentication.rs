//! The credentials of a client that authenticates.

use serde_json::Value;

use super::super::{
    Issuer, one_of,
    reader::{SettingReader, each_entry},
    secret_file,
    web_link::https_url,
};
use crate::client::{ClientAuthMethod, ClientAuthentication, ClientKeys, SecretHash};

/// The most hashes of secrets: the present secret, its successor, and one more.
const MOST_HASHES: usize = 3;

/// Reads the credentials of a client and its authentication methods.
pub(super) fn authentication(
    reader: &mut SettingReader,
    prefix: &str,
    issuer: &Issuer,
) -> ClientAuthentication {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let settings = [
        "client_secret_hashes",
        "client_secret_hash_file",
        "jwks",
        "jwks_uri",
    ];
    let given: Vec<_> = settings
        .into_iter()
        .filter(|setting| reader.is_set(&name(setting)))
        .collect();
    if let [_, second, ..] = given.as_slice() {
        let origin = reader.origin(&name(second));
        let problem = format!(
            "is set beside {}: a client has either secrets or keys, from one setting",
            given.first().copied().unwrap_or_default()
        );
        reader.fault(&name(second), &origin, problem);
    }
    let hashes = reader.words(&name("client_secret_hashes"), |words| hashes(&words));
    let file = reader.optional(&name("client_secret_hash_file"), |path| {
        let text = secret_file::read(path)?;
        let lines: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        hashes_of_file(path, &lines)
    });
    let secret_hashes = hashes.or(file).unwrap_or_default();
    let inline = reader.take_raw(&name("jwks"));
    let inline = inline.and_then(|(value, origin)| match inline_keys(value) {
        Ok(keys) => Some(keys),
        Err(problem) => {
            reader.fault(&name("jwks"), &origin, problem.to_owned());
            None
        }
    });
    let uri = reader.optional(&name("jwks_uri"), |text| https_url(text, issuer));
    let keys = inline.or(uri.map(ClientKeys::Uri));

    let has_secret = given.iter().any(|setting| setting.contains("secret"));
    let allowed: &[ClientAuthMethod] = if has_secret {
        &[
            ClientAuthMethod::ClientSecretBasic,
            ClientAuthMethod::ClientSecretPost,
        ]
    } else if given.is_empty() {
        &[ClientAuthMethod::None]
    } else {
        &[ClientAuthMethod::PrivateKeyJwt]
    };
    let method = reader.optional(&name("auth_method"), |text| {
        let method = one_of(text, ClientAuthMethod::ALL, ClientAuthMethod::as_str)?;
        if allowed.contains(&method) {
            return Ok(method);
        }
        Err(match method {
            ClientAuthMethod::None => {
                "must not be none: this client has secrets or keys".to_owned()
            }
            ClientAuthMethod::PrivateKeyJwt => {
                "private_key_jwt needs jwks or jwks_uri, and no client_secret_hashes".to_owned()
            }
            method => format!(
                "{} needs client_secret_hashes or client_secret_hash_file",
                method.as_str()
            ),
        })
    });
    ClientAuthentication {
        methods: method.map_or_else(|| allowed.to_vec(), |method| vec![method]),
        secret_hashes,
        keys,
    }
}

fn hashes(words: &[String]) -> Result<Vec<SecretHash>, String> {
    if words.is_empty() || words.len() > MOST_HASHES {
        return Err(format!("must have 1 to {MOST_HASHES} entries"));
    }
    each_entry(words, |word| word.parse())
}

fn hashes_of_file(path: &str, lines: &[String]) -> Result<Vec<SecretHash>, String> {
    hashes(lines).map_err(|problem| format!("{path:?}: {problem}, one hash a line"))
}

/// The key set of a TOML table as JSON.
fn inline_keys(value: toml::Value) -> Result<ClientKeys, &'static str> {
    let wrong = "must be a JSON Web Key Set: { keys = [ … ] } with public keys";
    let value = serde_json::to_value(value).map_err(|_| wrong)?;
    let keys = value.get("keys").and_then(Value::as_array).ok_or(wrong)?;
    let is_private = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
    if keys.is_empty() || keys.iter().any(is_private) {
        return Err(wrong);
    }
    Ok(ClientKeys::Inline(value.to_string()))
}
