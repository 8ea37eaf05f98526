//! URLs of web pages to which hosted pages link.

use url::Url;

use super::{Issuer, providers::is_loopback_url};

/// The longest URL, in bytes.
const LONGEST: usize = 2048;

/// Parses the https URL of a page. http is for an issuer and a host on loopback.
///
/// # Errors
/// The reason, with the remedy.
pub(super) fn web_link(text: &str, issuer: &Issuer) -> Result<Url, &'static str> {
    let wrong =
        "must be an absolute https URL without user and password, of at most 2048 characters";
    let url = Url::parse(text).map_err(|_| wrong)?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    if !is_plain || url.host().is_none() || text.len() > LONGEST {
        return Err(wrong);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if issuer.is_loopback() && is_loopback_url(&url) => Ok(url),
        "http" => Err("must be https: http is only for a loopback issuer and a loopback host"),
        _ => Err(wrong),
    }
}
