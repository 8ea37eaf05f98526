//! Parses the URL of a Redis or Valkey server. No problem quotes a user or a password.

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

/// The port of Redis if the URL names none.
const DEFAULT_PORT: u16 = 6379;

/// The URL of a Redis or Valkey server: `redis://`, or `rediss://` with TLS.
#[derive(Debug, Clone)]
pub struct RedisUrl {
    /// The host: a name or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The connection is encrypted, and the certificate of the server is verified.
    pub is_tls: bool,
    /// The user. `None` for the user `default`.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
    /// The number of the database.
    pub database: u16,
}

impl RedisUrl {
    /// Parses a URL.
    ///
    /// # Errors
    /// The URL is not one of Redis. The problem follows the name of the setting.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let is_tls = match scheme {
            Some("redis") => false,
            Some("rediss") => true,
            Some("valkey" | "valkeys") => {
                return refused("must begin with redis:// or rediss://, also for Valkey");
            }
            _ => return refused("is not a URL of Redis: it must begin with redis:// or rediss://"),
        };
        let Ok(url) = Url::parse(text) else {
            return refused(
                "is not a valid URL, such as redis://user:password@host:6379/0. In a password, write %2F for /, %23 \
                 for #, %3F for ? and %40 for @",
            );
        };
        if url.query().is_some() || url.fragment().is_some() {
            return refused(
                "has a query or a fragment, which have no meaning here. In a password, write %3F for ? and %23 for #",
            );
        }
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return refused("names no host: write redis://host:6379");
        };
        let database = match url.path().trim_start_matches('/') {
            "" => 0,
            number => number
                .parse()
                .map_err(|_| "must end with the number of the database, such as /0")?,
        };
        let user = decoded(url.username())?;
        let password = decoded(url.password().unwrap_or_default())?;
        if !user.is_empty() && password.is_empty() {
            return refused("has a user but no password: write redis://user:password@host:6379");
        }
        let present = |text: String| (!text.is_empty()).then_some(text);
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(DEFAULT_PORT),
            is_tls,
            user: present(user),
            password: present(password).map(SecretString::from),
            database,
        })
    }

    /// Returns whether others can read the password and the traffic: the server is on another machine, and the
    /// connection is not encrypted.
    pub fn is_clear_text(&self) -> bool {
        let is_local = self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        !self.is_tls && !is_local
    }
}

/// Shows the host and the port, and no password.
impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

fn refused<T>(problem: &str) -> Result<T, String> {
    Err(problem.to_owned())
}

fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| "is not UTF-8 after percent-decoding")?;
    Ok(decoded.into_owned())
}
