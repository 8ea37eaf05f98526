//! The servers of a provider: an issuer, a Microsoft tenant or a GitHub server.

use url::{Host, Url};

use super::{ProviderIssuer, preset::Preset};
use crate::microsoft_tenants::{self, Tenants};

/// The longest URL, in bytes.
const MAX_URL_BYTES: usize = 256;

/// Parses the issuer of an OpenID provider (OpenID Connect Discovery §3). The issuer is compared
/// byte for byte and accounts are stored under it, so only the canonical form is accepted; a
/// trailing slash is part of it.
pub(super) fn issuer(text: &str, is_loopback: bool) -> Result<ProviderIssuer, &'static str> {
    Ok(ProviderIssuer::OpenId {
        issuer: text.to_owned(),
        url: url(text, is_loopback)?,
    })
}

/// Parses a loopback issuer that replaces the real one in tests.
pub(super) fn loopback_issuer(
    text: &str,
    is_loopback: bool,
) -> Result<ProviderIssuer, &'static str> {
    if is_loopback && self::is_loopback(&url(text, true)?) {
        issuer(text, true)
    } else {
        Err("must be a loopback URL, and the service itself must be on loopback")
    }
}

/// Parses a Microsoft tenant id, or `common` or `organizations`.
pub(super) fn tenant(text: &str) -> Result<ProviderIssuer, &'static str> {
    let tenant = text.to_ascii_lowercase();
    let base = microsoft_tenants::filled(microsoft_tenants::TEMPLATE, &tenant);
    if let Some(tenants) = Tenants::ALL.iter().find(|it| it.as_str() == text) {
        Ok(ProviderIssuer::Microsoft {
            tenants: *tenants,
            url: url(&base, false)?,
        })
    } else if microsoft_tenants::is_tenant(&tenant) {
        issuer(&base, false)
    } else {
        Err("must be the id of a tenant (a GUID), common or organizations")
    }
}

/// Returns the servers of github.com.
pub(super) fn github() -> Option<ProviderIssuer> {
    let web = Url::parse(Preset::GitHub.issuer()?).ok()?;
    let api = Url::parse("https://api.github.com").ok()?;
    Some(ProviderIssuer::GitHub { web, api })
}

/// Parses the base URL of a self-hosted GitHub server.
pub(super) fn github_enterprise(
    text: &str,
    is_loopback: bool,
) -> Result<ProviderIssuer, &'static str> {
    let mut web = url(text, is_loopback)?;
    if text.ends_with('/') {
        return Err("must not end in a slash");
    }
    if Preset::of_issuer(text) == Some(Preset::GitHub.as_str()) {
        return Err("is only for self-hosted servers: remove it for github.com");
    }
    if !web.path().ends_with('/') {
        web.set_path(&format!("{}/", web.path()));
    }
    let mut api = web.clone();
    match web.domain().filter(|name| name.ends_with(".ghe.com")) {
        // GitHub Enterprise Cloud with data residency.
        Some(name) => api
            .set_host(Some(&format!("api.{name}")))
            .map_err(|_| "has no host for its API")?,
        None => api.set_path(&format!("{}api/v3/", web.path())),
    }
    Ok(ProviderIssuer::GitHub { web, api })
}

/// Parses the URL of a provider's server.
fn url(text: &str, may_be_loopback: bool) -> Result<Url, &'static str> {
    let wrong = "must be an https URL such as https://id.example.com";
    let url = Url::parse(text).map_err(|_| wrong)?;
    let is_local = is_loopback(&url);
    if url.host().is_none() || !(url.scheme() == "https" || (url.scheme() == "http" && is_local)) {
        return Err(wrong);
    }
    if is_local && !may_be_loopback {
        return Err("must not be a loopback URL unless the service itself is on loopback");
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query, a fragment, a user or a password");
    }
    let is_exact = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
    if !is_exact || text.len() > MAX_URL_BYTES {
        return Err(
            "must be in canonical form: lower-case host, no default port, no character that needs \
             escaping, at most 256 characters",
        );
    }
    Ok(url)
}

pub(in crate::config) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
