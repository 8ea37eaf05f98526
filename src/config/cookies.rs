//! `cookies.domain`: the domain whose hosts share the session cookies.

use url::Url;

use super::{Issuer, reader::SettingReader};
use crate::client::{Clients, Origin};

/// The maximum length of a domain, in characters (RFC 1035 §2.3.4).
const MAX_CHARS: usize = 253;

/// Reads the domain, and sets it in the issuer.
pub(super) fn read(reader: &mut SettingReader, issuer: &mut Issuer) {
    let domain = reader.optional("cookies.domain", |text| domain(text, issuer));
    issuer.cookie_domain = domain.map(Into::into);
}

/// Checks that a client uses the cookies of the domain.
pub(super) fn check_client(
    reader: &mut SettingReader,
    issuer: &Issuer,
    clients: &Clients,
    origin: &str,
) {
    if issuer.cookie_domain.is_some() && clients.with_cookies().is_none() {
        let problem = "has no effect without a client with transport = \"cookie\"";
        reader.fault("cookies.domain", origin, problem.to_owned());
    }
}

impl Issuer {
    /// Returns the domain whose hosts share the session cookies. `None`: only the host of the issuer has them.
    pub fn cookie_domain(&self) -> Option<&str> {
        self.cookie_domain.as_deref()
    }

    /// Returns whether pages of that origin receive the session cookies (RFC 6265 §5.4). Cookies are shared across
    /// ports.
    pub(super) fn shares_cookies_with(&self, origin: &Origin) -> bool {
        let Ok(url) = Url::parse(origin.as_str()) else {
            return false;
        };
        let host = url.host_str().unwrap_or_default();
        let has_scheme = (url.scheme() == "https") == self.is_https();
        let domain = self.cookie_domain();
        has_scheme && (host == self.host() || domain.is_some_and(|it| is_within(host, it)))
    }
}

/// Returns whether a host is that domain, or a host within it (RFC 6265 §5.1.3).
fn is_within(host: &str, domain: &str) -> bool {
    let rest = host.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Parses a domain that contains the host of the issuer. A domain of one label is a public suffix. Longer public
/// suffixes such as `co.uk` are not known here; browsers refuse the cookies.
fn domain(text: &str, issuer: &Issuer) -> Result<String, &'static str> {
    let is_label = |label: &str| {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_address = last.bytes().all(|b| b.is_ascii_digit());
    if text.len() > MAX_CHARS || !text.split('.').all(is_label) || is_address {
        return Err("must be a domain in lower case, without a dot in front, such as example.com");
    }
    if !text.contains('.') {
        return Err(
            "must have at least two labels: browsers refuse cookies for a public suffix such as com",
        );
    }
    if !issuer.is_https() {
        return Err("needs an https issuer: its cookies are Secure");
    }
    if !is_within(issuer.host(), text) {
        return Err(
            "must contain the host of the issuer: it is the host, or the host ends with a dot and it",
        );
    }
    Ok(text.to_owned())
}
