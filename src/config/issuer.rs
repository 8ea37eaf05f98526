//! The issuer identifier (RFC 8414 §2), byte for byte as in tokens and metadata.

use std::{fmt, net::SocketAddr, sync::Arc};

use url::{Host, Url};

use super::reader::SettingReader;

/// The longest issuer, in bytes.
const MAX_BYTES: usize = 200;

/// The reason why a text is not an issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIssuer {
    /// The text is not an absolute http or https URL with a host.
    #[error("must be an absolute URL such as https://auth.example.com")]
    Url,
    /// The URL has a query, a fragment or user information.
    #[error("must not have a query, a fragment, a user or a password")]
    Parts,
    /// The URL ends in a slash, or differs from the form to which consumers normalise it. The canonical form, if it is an
    /// issuer.
    #[error(
        "must be in canonical form: {}",
        .0.as_deref().unwrap_or("lower-case host, no default port, no trailing slash, plain path")
    )]
    Spelling(Option<String>),
    /// The URL has more than 200 characters, beyond what consumers accept.
    #[error("must be at most 200 characters long")]
    TooLong,
}

/// An issuer: a canonical URL without trailing slash.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    text: Arc<str>,
    host: Arc<str>,
    path: Arc<str>,
    is_https: bool,
    is_loopback: bool,
    pub(super) cookie_domain: Option<Arc<str>>,
}

impl Issuer {
    /// Parses an issuer.
    ///
    /// # Errors
    /// See [`InvalidIssuer`].
    pub fn parse(text: &str) -> Result<Self, InvalidIssuer> {
        if text.len() > MAX_BYTES {
            return Err(InvalidIssuer::TooLong);
        }
        let url = Url::parse(text).map_err(|_| InvalidIssuer::Url)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(InvalidIssuer::Url);
        }
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(InvalidIssuer::Parts);
        }
        if !is_canonical(text, &url) {
            return Err(InvalidIssuer::Spelling(canonical(&url)));
        }
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        Ok(Self {
            text: text.into(),
            host: url.host_str().unwrap_or_default().into(),
            path: url.path().trim_end_matches('/').into(),
            is_https: url.scheme() == "https",
            is_loopback,
            cookie_domain: None,
        })
    }

    /// Returns the listen address as an issuer.
    fn of_address(listen: SocketAddr) -> Self {
        let text = match listen.port() {
            80 => format!("http://{}", listen.ip()),
            _ => format!("http://{listen}"),
        };
        Self {
            text: text.into(),
            host: listen.ip().to_string().into(),
            path: "".into(),
            is_https: false,
            is_loopback: listen.ip().is_loopback(),
            cookie_domain: None,
        }
    }

    /// Reads the setting `issuer`. The default is the listen address, if it is a loopback address.
    pub(super) fn read(reader: &mut SettingReader, listen: SocketAddr) -> Self {
        let origin = reader.origin("issuer");
        let set = reader.optional("issuer", Self::parse);
        let issuer = set.clone().unwrap_or_else(|| Self::of_address(listen));

        let reachable = !issuer.is_loopback || !listen.ip().is_loopback();
        let is_http = !issuer.is_https;
        if set.is_none() && !listen.ip().is_loopback() && origin.is_empty() {
            let problem = "is required unless the service listens on loopback only: set it to an https URL such \
                           as https://auth.example.com";
            let file = reader.file.clone();
            reader.fault("issuer", &file, problem.to_owned());
        } else if set.is_none() && listen.port() == 0 && origin.is_empty() {
            let problem = "is required if the operating system chooses the port";
            reader.fault("issuer", "", problem.to_owned());
        } else if set.is_some() && is_http && reachable && !reader.dangerously_http {
            let problem = "must be an https URL: http is only for loopback issuers on loopback \
                           addresses (--dangerously-http overrides this)";
            reader.fault("issuer", &origin, problem.to_owned());
        } else if !is_http && reader.dangerously_http {
            let problem = "is an https URL: remove --dangerously-http";
            reader.fault("issuer", &origin, problem.to_owned());
        }
        issuer
    }

    /// Returns the identifier, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the path prefix of every route: empty, or `/…` without trailing slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the host name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the URL of a route, such as `/token`.
    pub fn endpoint(&self, route: &str) -> String {
        format!("{}{route}", self.text)
    }

    /// Returns the origin (RFC 6454).
    pub fn origin(&self) -> &str {
        let until_path = self.text.len().saturating_sub(self.path.len());
        self.text.get(..until_path).unwrap_or_default()
    }

    /// Returns the port that browsers connect to.
    pub fn port(&self) -> u16 {
        let (_, port) = self.origin().rsplit_once(':').unwrap_or_default();
        port.parse().unwrap_or(if self.is_https { 443 } else { 80 })
    }

    /// Returns whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Returns whether the host is a loopback address or a `localhost` name, which only this
    /// machine resolves to itself.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

/// Returns whether a text is the canonical form of its URL, without trailing slash.
fn is_canonical(text: &str, url: &Url) -> bool {
    let canonical = url.as_str().strip_suffix('/').unwrap_or(url.as_str());
    canonical == text && !text.ends_with('/') && is_plain(url.path())
}

/// Returns the canonical form of a URL, if that is an issuer.
fn canonical(url: &Url) -> Option<String> {
    let text = url.as_str().trim_end_matches('/');
    let url = Url::parse(text).ok()?;
    (text.len() <= MAX_BYTES && is_canonical(text, &url)).then(|| text.to_owned())
}

/// Returns whether every segment has only unreserved characters (RFC 3986 §2.3): routers interpret
/// others as patterns, and consumers escape them differently.
fn is_plain(path: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let is_plain_segment = |segment: &str| {
        !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(unreserved)
    };
    path == "/" || path.split('/').skip(1).all(is_plain_segment)
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests;
