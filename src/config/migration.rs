//! `migration.…`: the service that users move from when they log in.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::{Issuer, Reloadable, reader::SettingReader, secret_setting, web_link::https_url};

/// The longest secret, in bytes.
const MAX_SECRET_BYTES: usize = 1024;

/// The service that verifies the email and the password of a user whom this service does not know.
#[derive(Debug, Clone)]
pub struct MigrationConfig {
    /// The URL that the email and the password are posted to.
    pub verify_url: Url,
    /// The bearer token of the requests.
    pub secret: Reloadable<SecretString>,
    /// The timeout of a request, including the wait for other requests.
    pub timeout: Duration,
    /// The most requests in flight.
    pub concurrency: usize,
}

impl MigrationConfig {
    /// Reads the settings. Returns `None` if `migration.verify_url` is not set, or after a fault.
    pub(super) fn read(reader: &mut SettingReader, issuer: &Issuer) -> Option<Self> {
        let has_url = reader.is_set("migration.verify_url");
        let verify_url = reader.optional("migration.verify_url", |text| https_url(text, issuer));
        let settings = ["migration.secret", "migration.secret_file"];
        let given = settings.map(|it| (it, reader.is_set(it), reader.origin(it)));
        let has_secret = secret_setting::is_set(reader, "migration.secret");
        let secret = secret_setting::read(reader, "migration.secret", bearer_secret);
        if has_url && !has_secret {
            let problem =
                "is required with migration.verify_url, unless migration.secret_file is set";
            reader.fault("migration.secret", "", problem.to_owned());
        }
        for (setting, _, origin) in given.iter().filter(|(_, is_set, _)| *is_set && !has_url) {
            let problem = "has no effect without migration.verify_url";
            reader.fault(setting, origin, problem.to_owned());
        }
        let timeout = reader.duration("migration.timeout");
        let concurrency = reader.number("migration.concurrency");
        Some(Self {
            verify_url: verify_url?,
            secret: secret?,
            timeout: timeout.to_std().unwrap_or_default(),
            concurrency,
        })
    }
}

/// Parses a secret that an `Authorization` header can carry as a bearer token.
fn bearer_secret(text: &str) -> Result<SecretString, String> {
    let is_visible = |b: u8| b.is_ascii_graphic();
    if (1..=MAX_SECRET_BYTES).contains(&text.len()) && text.bytes().all(is_visible) {
        Ok(text.into())
    } else {
        Err("must be 1 to 1024 visible ASCII characters, without spaces".to_owned())
    }
}
