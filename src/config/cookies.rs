//! `cookies.domain`: the domain whose hosts share the session cookies.

use super::{Issuer, reader::SettingReader};

/// The longest domain, in characters (RFC 1035 §2.3.4).
const LONGEST: usize = 253;

/// Reads the domain, and sets it in the issuer.
pub(super) fn read(reader: &mut SettingReader, issuer: Issuer) -> Issuer {
    match reader.optional("cookies.domain", |text| domain(text, &issuer)) {
        Some(domain) => issuer.with_cookie_domain(&domain),
        None => issuer,
    }
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
    if text.len() > LONGEST || !text.split('.').all(is_label) || is_address {
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
    if !issuer.is_within(text) {
        return Err(
            "must contain the host of the issuer: it is the host, or the host ends with a dot and it",
        );
    }
    Ok(text.to_owned())
}
