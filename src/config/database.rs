//! `database.…`: the database of the users.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use url::Url;

use super::{
    database_url,
    reader::{SettingReader, default_of},
    reloadable::Reloadable,
};

/// Settings of the database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// The URL, `sqlite:…` or `postgres://…`. It may contain a password.
    pub url: Reloadable<SecretString>,
    /// The most connections that this process opens.
    pub connections: u32,
    /// The timeout of one operation, including the wait for a connection.
    pub timeout: Duration,
}

impl DatabaseConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let origin = reader.origin("database.url");
        let file_origin = reader.origin("database.url_file");
        let from_file = reader.optional("database.url_file", |path| {
            Reloadable::from_file("database.url_file", path, |text| Ok(text.trim().into()))
        });
        let parse = |text: &str| Ok::<_, String>(Reloadable::from(SecretString::from(text.trim())));
        let url = reader.optional("database.url", parse);
        let (setting, origin) = match (&url, &from_file) {
            (None, Some(_)) => ("database.url_file", file_origin),
            _ => ("database.url", origin),
        };
        if url.is_some() && from_file.is_some() {
            let problem = "and database.url_file are both set";
            reader.fault(setting, &origin, problem.to_owned());
        }
        let url = url
            .or(from_file)
            .or_else(|| default_of("database.url", parse))
            .unwrap_or_else(|| SecretString::from("").into());
        for problem in database_url::problems(&url.expose()) {
            reader.fault(setting, &origin, problem);
        }
        let timeout = reader.duration("database.timeout");
        Self {
            url,
            connections: reader.number("database.connections"),
            timeout: timeout.to_std().unwrap_or_default(),
        }
    }

    /// Returns whether the connection may be unencrypted or unverified: the database is on another
    /// machine, and the URL does not configure TLS.
    pub fn may_be_clear_text(&self) -> bool {
        let Ok(url) = Url::parse(&self.url.expose()) else {
            return false;
        };
        // The `url` crate keeps the host of this scheme as it is written, including brackets.
        let host = url
            .host_str()
            .unwrap_or("localhost")
            .trim_matches(['[', ']']);
        let is_local = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        let has_parameter = |name: &str| url.query_pairs().any(|(parameter, _)| parameter == name);
        url.scheme().starts_with("postgres")
            && !is_local
            && !has_parameter("sslmode")
            && !has_parameter("ssl-mode")
            && !has_parameter("host")
    }
}
