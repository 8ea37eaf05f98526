//! `database.…`: the database of the users.

use std::{net::IpAddr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    database_url::{self, repeated_server, server_urls},
    reader::{SettingReader, default_of},
    reloadable::Reloadable,
};

/// The most URLs of `database.replicas`.
const MAX_REPLICAS: usize = 16;

/// Settings of the database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// The URL, `sqlite:…` or `postgres://…`. It may contain a password.
    pub url: Reloadable<SecretString>,
    /// The read replicas, as PostgreSQL URLs of one host each.
    pub replicas: Vec<SecretString>,
    /// The largest lag of a replica that confirms logins.
    pub max_lag: Duration,
    /// The time for which replicas confirm logins after the primary was lost.
    pub orphan_grace: Duration,
    /// The most prepared statements that a PostgreSQL connection keeps. Nothing is prepared by name if it is 0.
    pub statement_cache: usize,
    /// The most connections that this process opens to each server.
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
        let is_postgres = !url.expose().starts_with("sqlite:");
        refuse_with_sqlite(reader, is_postgres);
        let timeout = reader.duration("database.timeout");
        let replicas = read_replicas(reader);
        let max_lag = reader.duration("database.max_lag");
        let orphan_grace = reader.duration("database.orphan_grace");
        Self {
            url,
            replicas,
            max_lag: max_lag.to_std().unwrap_or_default(),
            orphan_grace: orphan_grace.to_std().unwrap_or_default(),
            statement_cache: reader.number("database.statement_cache"),
            connections: reader.number("database.connections"),
            timeout: timeout.to_std().unwrap_or_default(),
        }
    }

    /// Returns whether a connection may be unencrypted or unverified: a server is on another machine, and its URL
    /// does not configure TLS.
    pub fn may_be_clear_text(&self) -> bool {
        let replicas = self.replicas.iter();
        let replicas = replicas.map(|url| url.expose_secret().to_owned());
        let mut urls = server_urls(&self.url.expose()).into_iter().chain(replicas);
        urls.any(|url| may_be_clear_text(&url))
    }
}

fn may_be_clear_text(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
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

/// Reports the settings of PostgreSQL that are given for SQLite.
fn refuse_with_sqlite(reader: &mut SettingReader, is_postgres: bool) {
    let settings = ["replicas", "max_lag", "orphan_grace", "statement_cache"];
    for setting in settings.map(|name| format!("database.{name}")) {
        if !is_postgres && reader.is_set(&setting) {
            let origin = reader.origin(&setting);
            let problem = "needs PostgreSQL: remove it, or set database.url to a postgres:// URL";
            reader.fault(&setting, &origin, problem.to_owned());
        }
    }
}

fn read_replicas(reader: &mut SettingReader) -> Vec<SecretString> {
    let replicas = reader.words("database.replicas", |urls| {
        if urls.len() > MAX_REPLICAS {
            return Err(format!("must have at most {MAX_REPLICAS} URLs"));
        }
        for (index, url) in urls.iter().enumerate() {
            let problem = if !url.starts_with("postgres") {
                Some("must begin with postgres://".to_owned())
            } else if server_urls(url).len() > 1 {
                Some("names several hosts: write one URL for each replica".to_owned())
            } else {
                database_url::problems(url).into_iter().next()
            };
            // The position stands for the URL, which may contain a password.
            if let Some(problem) = problem {
                return Err(format!("has the URL number {}, which {problem}", index + 1));
            }
        }
        if let Some((index, server)) = repeated_server(urls.iter().map(String::as_str)) {
            let number = index + 1;
            return Err(format!(
                "names {server} again with the URL number {number}: name each server once"
            ));
        }
        Ok(urls.into_iter().map(SecretString::from).collect())
    });
    replicas.unwrap_or_default()
}
