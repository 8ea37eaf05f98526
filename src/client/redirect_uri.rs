//! Redirect URIs (RFC 6749 §3.1.2), to which users return with the outcome of a login.

use std::fmt;

use url::{Host, Url};

/// The longest redirect URI, in bytes.
const MAX_BYTES: usize = 512;

/// The IP literals whose port may vary. `localhost` may resolve to another machine (RFC 8252 §8.3).
const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// The reason why a text is not a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// The text is not an absolute URI of printable ASCII, or it is too long.
    #[error("must be an absolute URI of at most 512 ASCII characters")]
    Uri,
    /// The URI has a fragment (RFC 6749 §3.1.2), user information or a wildcard.
    #[error("must not have a fragment, a user, a password or a wildcard")]
    Parts,
    /// The scheme can be claimed by any app, or its responses can be read by others.
    #[error(
        "must be https, http on 127.0.0.1, [::1] or localhost, or a scheme with a dot, such as com.example.app"
    )]
    Scheme,
    /// The URI differs from the form that a browser requests.
    #[error(
        "must be written as browsers write it: lower-case scheme and host, no default port, no character \
         that needs escaping"
    )]
    Spelling,
}

/// A registered redirect URI. It is compared byte for byte (RFC 9700 §4.1.3), except for the port
/// of a loopback literal: the operating system gives a desktop app any free port (RFC 8252 §7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    /// The text before and after the port, if the port may vary.
    around_port: Option<(&'static str, String)>,
}

impl RedirectUri {
    /// Parses a redirect URI.
    ///
    /// # Errors
    /// See [`InvalidRedirectUri`].
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        if text.len() > MAX_BYTES || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidRedirectUri::Uri);
        }
        let url = Url::parse(text).ok().filter(|url| url.port() != Some(0));
        let url = url.ok_or(InvalidRedirectUri::Uri)?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.fragment().is_some() || text.contains('*') {
            return Err(InvalidRedirectUri::Parts);
        }
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_allowed_scheme = match url.scheme() {
            "https" => true,
            "http" => is_loopback,
            // Only the owner of the domain may use its name as a scheme (RFC 8252 §7.1, §8.4).
            scheme => scheme.contains('.'),
        };
        if !is_allowed_scheme {
            return Err(InvalidRedirectUri::Scheme);
        }
        // The parser adds a missing path and must change nothing else.
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

    /// Returns the same URI, whose port must match exactly whatever the host.
    #[must_use]
    pub fn with_exact_port(mut self) -> Self {
        self.around_port = None;
        self
    }

    /// Returns whether a presented URI is this redirect URI.
    pub fn matches(&self, presented: &str) -> bool {
        let varied = |(before, after): &(&str, String)| {
            let rest = presented.strip_prefix(before).and_then(after_port);
            rest == Some(after)
        };
        self.text == presented || self.around_port.as_ref().is_some_and(varied)
    }

    /// Returns whether the URI belongs to an app on the user's own machine (RFC 8252 §7).
    pub fn is_native(&self) -> bool {
        !self.text.starts_with("https:")
    }

    /// Returns the URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the origin (RFC 6454), or `None` if the URI is not a web page.
    pub fn origin(&self) -> Option<String> {
        let url = Url::parse(&self.text).ok()?;
        let is_page = matches!(url.scheme(), "http" | "https");
        is_page.then(|| url.origin().ascii_serialization())
    }
}

/// Returns the text after the port, or after the host if there is no port: a path, a query or
/// nothing. Returns `None` if the port is 0, out of range or not in canonical form.
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

/// Returns whether a text has only characters of RFC 3986 §2, and each `%` precedes two hexadecimal
/// digits.
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
