//! The settings of a client that authenticates, and its grants.

use serde_json::Value;
use url::Url;

use super::super::{
    Issuer, one_of, providers::is_loopback_url, reader::SettingReader, secret_file,
};
use crate::client::{ClientAuthMethod, ClientAuthentication, ClientKeys, GrantType, SecretHash};

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

/// Reads whether authorization requests of the client need a PKCE challenge.
pub(super) fn requires_pkce(
    reader: &mut SettingReader,
    prefix: &str,
    authentication: &ClientAuthentication,
) -> bool {
    reader.value(&format!("{prefix}.pkce"), true, |text| match text {
        "required" => Ok(true),
        "optional" if authentication.is_confidential() => Ok(false),
        "optional" => Err("must be required: only a client that authenticates may omit PKCE"),
        _ => Err("must be required or optional"),
    })
}

/// Reads the grants of the client.
pub(super) fn grants(
    reader: &mut SettingReader,
    prefix: &str,
    authentication: &ClientAuthentication,
) -> Vec<GrantType> {
    let grants = reader.words(&format!("{prefix}.grants"), |words| {
        let grants = words
            .iter()
            .map(|word| one_of(word, GrantType::ALL, GrantType::setting));
        let grants = grants.collect::<Result<Vec<_>, _>>()?;
        if grants.is_empty() {
            return Err("must have at least one entry".to_owned());
        }
        let open = grants.iter().find(|grant| grant.needs_authentication());
        match open {
            Some(grant) if !authentication.is_confidential() => Err(format!(
                "{} needs a client that authenticates: set client_secret_hashes or jwks",
                grant.setting()
            )),
            _ => Ok(grants),
        }
    });
    grants.unwrap_or_else(|| GrantType::DEFAULT.to_vec())
}

/// Reads an https URL without user and fragment; http is for an issuer and a host on loopback.
pub(super) fn https_url(text: &str, issuer: &Issuer) -> Result<Url, &'static str> {
    let wrong = "must be an absolute https URL without user, password and fragment";
    let url = Url::parse(text).map_err(|_| wrong)?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !is_plain || url.host().is_none() || text.len() > 512 {
        return Err(wrong);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if issuer.is_loopback() && is_loopback_url(&url) => Ok(url),
        "http" => Err("must be https: http is only for a loopback issuer and a loopback host"),
        _ => Err(wrong),
    }
}

fn hashes(words: &[String]) -> Result<Vec<SecretHash>, String> {
    if words.is_empty() || words.len() > MOST_HASHES {
        return Err(format!("must have 1 to {MOST_HASHES} entries"));
    }
    let read = |(number, word): (usize, &String)| {
        word.parse()
            .map_err(|wrong| format!("number {number} {wrong}"))
    };
    (1..).zip(words).map(read).collect()
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
