//! https URLs: pages to which hosted pages link, and endpoints of clients.

use url::Url;

use super::{Issuer, providers::is_loopback_url};

/// The longest URL of a page, in bytes.
const MAX_LINK: usize = 2048;

/// The longest URL of an endpoint, in bytes.
const MAX_ENDPOINT: usize = 512;

/// Parses the https URL of a page. http is for an issuer and a host on loopback.
///
/// # Errors
/// The reason, with the remedy.
pub(super) fn web_link(text: &str, issuer: &Issuer) -> Result<Url, &'static str> {
    let wrong =
        "must be an absolute https URL without user and password, of at most 2048 characters";
    let is_short = |_: &Url| text.len() <= MAX_LINK;
    checked(text, issuer, is_short, wrong)
}

/// Parses the https URL of an endpoint, which has no fragment. http is for an issuer and a host on loopback.
///
/// # Errors
/// The reason, with the remedy.
pub(super) fn https_url(text: &str, issuer: &Issuer) -> Result<Url, &'static str> {
    let wrong = "must be an absolute https URL without user, password and fragment";
    let is_endpoint = |url: &Url| url.fragment().is_none() && text.len() <= MAX_ENDPOINT;
    checked(text, issuer, is_endpoint, wrong)
}

fn checked(
    text: &str,
    issuer: &Issuer,
    is_valid: impl FnOnce(&Url) -> bool,
    wrong: &'static str,
) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| wrong)?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    if !is_plain || url.host().is_none() || !is_valid(&url) {
        return Err(wrong);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if issuer.is_loopback() && is_loopback_url(&url) => Ok(url),
        "http" => Err("must be https: http is only for a loopback issuer and a loopback host"),
        _ => Err(wrong),
    }
}
