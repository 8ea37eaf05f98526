//! `database.…`: where users are stored.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use url::Url;

use super::{
    database_url,
    duration::{between, number},
    reader::SettingReader,
    reloadable::Reloadable,
};
use chrono::TimeDelta;

/// Where users are stored.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `sqlite:…` or `postgres://…`; may hold a password.
    pub url: Reloadable<SecretString>,
    /// The most connections this process opens.
    pub connections: u32,
    /// How long one operation may take, waiting for a connection included.
    pub timeout: Duration,
}

impl DatabaseConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let origin = reader.origin("database.url");
        let file_origin = reader.origin("database.url_file");
        let from_file = reader.optional("database.url_file", |path| {
            Reloadable::from_file("database.url_file", path, |text| Ok(text.trim().into()))
        });
        let url = reader.optional("database.url", |text| {
            Ok::<_, String>(Reloadable::from(SecretString::from(text.trim())))
        });
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
            .unwrap_or_else(|| SecretString::from("sqlite://signet.db").into());
        for problem in database_url::problems(&url.expose()) {
            reader.fault(setting, &origin, problem);
        }
        let timeout = between(TimeDelta::seconds(1), TimeDelta::minutes(1));
        let timeout = reader.value("database.timeout", TimeDelta::seconds(5), timeout);
        Self {
            url,
            connections: reader.value("database.connections", 8, number(1, 1000)),
            timeout: timeout.to_std().unwrap_or_default(),
        }
    }

    /// Whether the database is on another machine and the URL says nothing of TLS, so that the
    /// connection may be neither encrypted nor checked.
    pub fn may_be_clear_text(&self) -> bool {
        let Ok(url) = Url::parse(&self.url.expose()) else {
            return false;
        };
        // A URL of this scheme has its host as it is written, brackets and all.
        let host = url
            .host_str()
            .unwrap_or("localhost")
            .trim_matches(['[', ']']);
        let is_here = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        let says = |name: &str| url.query_pairs().any(|(parameter, _)| parameter == name);
        url.scheme().starts_with("postgres")
            && !is_here
            && !says("sslmode")
            && !says("ssl-mode")
            && !says("host")
    }
}
