//! The client credentials of Signet at a provider.

use secrecy::SecretString;

use super::{AppleKey, ClientCredentials, preset::Preset};
use crate::{
    config::{reader::SettingReader, reloadable::Reloadable, secret_setting},
    pkcs8::P256Key,
};

/// The longest client secret, in bytes.
const MAX_SECRET_BYTES: usize = 1024;

pub(super) fn read(
    reader: &mut SettingReader,
    prefix: &str,
    preset: Preset,
) -> Option<ClientCredentials> {
    match preset {
        Preset::Apple => apple_key(reader, prefix),
        Preset::Oidc => Some(
            read_secret(reader, prefix).map_or(ClientCredentials::None, ClientCredentials::Secret),
        ),
        _ => {
            let name = format!("{prefix}.client_secret");
            if !secret_setting::is_set(reader, &name) {
                let problem = "is required unless client_secret_file is set";
                reader.fault(&name, "", problem.to_owned());
            }
            read_secret(reader, prefix).map(ClientCredentials::Secret)
        }
    }
}

/// Reads the client secret, from its setting or from a file.
fn read_secret(reader: &mut SettingReader, prefix: &str) -> Option<Reloadable<SecretString>> {
    secret_setting::read(reader, &format!("{prefix}.client_secret"), client_secret)
}

/// Parses a client secret of printable ASCII (RFC 6749 §A.2).
fn client_secret(secret: &str) -> Result<SecretString, String> {
    let printable = |b: u8| matches!(b, 0x20..=0x7e);
    if (1..=MAX_SECRET_BYTES).contains(&secret.len()) && secret.bytes().all(printable) {
        Ok(secret.into())
    } else {
        Err("must be 1 to 1024 printable ASCII characters".to_owned())
    }
}

fn apple_key(reader: &mut SettingReader, prefix: &str) -> Option<ClientCredentials> {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let team_id = reader.required(&name("team_id"), apple_id);
    let key_id = reader.required(&name("key_id"), apple_id);
    let setting = name("private_key_file");
    let private_key = reader.required(&setting, |path| {
        Reloadable::from_file(&setting, path, |pem| {
            P256Key::parse(pem).map_err(ToString::to_string)
        })
    });
    Some(ClientCredentials::Apple(AppleKey {
        team_id: team_id?,
        key_id: key_id?,
        private_key: private_key?,
    }))
}

fn apple_id(text: &str) -> Result<String, &'static str> {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    if text.len() == 10 && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("must be 10 characters of A-Z and 0-9")
    }
}
