//! Redirect URIs (RFC 6749 §3.1.2): where a person is sent back to, with the outcome.

use std::fmt;

use url::{Host, Url};

/// The longest that one may be.
const LONGEST: usize = 512;

/// The literals whose port may vary. `localhost` may be somebody else (RFC 8252 §8.3).
const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Why a text is not a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// Not an absolute URI of printable ASCII, or too long.
    #[error("must be an absolute URI of at most 512 ASCII characters")]
    Uri,
    /// A fragment (RFC 6749 §3.1.2), user information, or what looks like a pattern.
    #[error("must not have a fragment, a user, a password or a wildcard")]
    Parts,
    /// A scheme that anybody's app can claim, or whose answers anybody can read.
    #[error(
        "must be https, http on 127.0.0.1, [::1] or localhost, or a scheme with a dot, such as com.example.app"
    )]
    Scheme,
    /// Spelt differently from how a browser would, once it goes there.
    #[error(
        "must be written as browsers write it: lower-case scheme and host, no default port, no character \
         that needs escaping"
    )]
    Spelling,
}

/// A URI to which a client may have people sent back. Compared byte for byte (RFC 9700 §4.1.3),
/// but for the port of a loopback literal: the system gives an app on a desktop any port that is
/// free (RFC 8252 §7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    /// What stands before and after the port, where that may vary.
    around_port: Option<(&'static str, String)>,
}

impl RedirectUri {
    /// Reads a redirect URI.
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        if text.len() > LONGEST || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidRedirectUri::Uri);
        }
        let url = Url::parse(text).ok().filter(|url| url.port() != Some(0));
        let url = url.ok_or(InvalidRedirectUri::Uri)?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.fragment().is_some() || text.contains('*') {
            return Err(InvalidRedirectUri::Parts);
        }
        let is_ours = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let may_be = match url.scheme() {
            "https" => true,
            "http" => is_ours,
            // Only whoever has the domain may claim it (RFC 8252 §7.1, §8.4).
            scheme => scheme.contains('.'),
        };
        if !may_be {
            return Err(InvalidRedirectUri::Scheme);
        }
        // The parser adds the path where there is none, and nothing else.
        let is_exact = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        if !is_exact || !is_uri(text) {
            return Err(InvalidRedirectUri::Spelling);
        }
        let around_port = LOOPBACK.iter().find_map(|literal| {
            let rest = after_port(text.strip_prefix(literal)?)?;
            Some((*literal, rest.to_owned()))
        });
        Ok(Self {
            text: text.to_owned(),
            around_port,
        })
    }

    /// The same, whose port is the one it is written with, whatever its host.
    #[must_use]
    pub fn with_exact_port(mut self) -> Self {
        self.around_port = None;
        self
    }

    /// Whether a request that presents this text means this URI.
    pub fn matches(&self, presented: &str) -> bool {
        let varied = |(before, after): &(&str, String)| {
            let rest = presented.strip_prefix(before).and_then(after_port);
            rest == Some(after)
        };
        self.text == presented || self.around_port.as_ref().is_some_and(varied)
    }

    /// Whether an app on the person's own machine is there (RFC 8252 §7), whichever that is.
    pub fn is_native(&self) -> bool {
        !self.text.starts_with("https:")
    }

    /// As it was registered.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The origin of what is there (RFC 6454), where it is a web page.
    pub fn origin(&self) -> Option<String> {
        let url = Url::parse(&self.text).ok()?;
        let is_page = matches!(url.scheme(), "http" | "https");
        is_page.then(|| url.origin().ascii_serialization())
    }
}

/// What follows the port, or the host where there is none: a path, a query, nothing. `None` where
/// what should be a port is none that one can connect to, or is spelt differently.
fn after_port(text: &str) -> Option<&str> {
    let rest = match text.strip_prefix(':') {
        Some(text) => {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = text.strip_suffix(rest)?;
            let port = digits.parse::<u16>().ok()?;
            (port != 0 && port.to_string() == digits).then_some(rest)?
        }
        None => text,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

/// Whether it has characters of RFC 3986 §2 alone, and a `%` only before two hexadecimal digits.
fn is_uri(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()+,;=%".contains(&b);
    let escaped = |after: &str| {
        let mut digits = after.bytes().map(|b| b.is_ascii_hexdigit());
        digits.next() == Some(true) && digits.next() == Some(true)
    };
    text.bytes().all(allowed) && text.split('%').skip(1).all(escaped)
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
