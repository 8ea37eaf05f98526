//! `[passkeys]`: login with passkeys (Web Authentication Level 3).

use std::{collections::BTreeSet, net::IpAddr};

use super::{
    Issuer,
    reader::{SettingReader, each_entry},
};
use crate::client::{Client, Clients, Origin};

/// The number of labels of related origins that browsers accept at least (WebAuthn §5.11.1).
const MOST_LABELS: usize = 5;

/// The scheme of the origins of Android apps.
const ANDROID: &str = "android:apk-key-hash:";

/// The settings of passkeys.
#[derive(Debug, Clone)]
pub struct PasskeysConfig {
    /// The value of `passkeys.enabled`.
    is_enabled: bool,
    /// The RP ID: a domain, to which browsers bind passkeys for ever.
    rp_id: Option<String>,
    /// The origins that count for every client: those of the issuer and of `passkeys.origins`.
    origins: Vec<String>,
}

impl PasskeysConfig {
    pub(super) fn read(reader: &mut SettingReader, issuer: &Issuer) -> Self {
        let is_enabled = reader.boolean("passkeys.enabled");
        let host = domain(issuer);
        let rp_id = reader.optional("passkeys.rp_id", |text| match host {
            Some(host) => rp_id(text, host),
            None => Err(format!(
                "needs an issuer with a domain: the host {} is an IP address",
                issuer.host()
            )),
        });
        let further = reader.words("passkeys.origins", |words| {
            each_entry(&words, |text| origin(text))
        });
        let own = [issuer.origin().to_owned()].into_iter();
        Self {
            is_enabled,
            rp_id: rp_id.or(host.map(str::to_owned)),
            origins: own.chain(further.unwrap_or_default()).collect(),
        }
    }

    /// Returns the RP ID. `None` if passkeys are off: by their setting, or because the issuer has no domain.
    pub fn rp_id(&self) -> Option<&str> {
        self.rp_id.as_deref().filter(|_| self.is_enabled)
    }

    /// Returns the origins whose pages and apps may use passkeys of users of that client.
    pub fn origins_of<'a>(&'a self, client: &'a Client) -> Vec<&'a str> {
        let of_client = client.origins.iter().map(Origin::as_str);
        self.origins_of_issuer()
            .into_iter()
            .chain(of_client)
            .collect()
    }

    /// Returns the origins that may use passkeys at the login page of the issuer itself, which is for no client.
    pub fn origins_of_issuer(&self) -> Vec<&str> {
        self.origins.iter().map(String::as_str).collect()
    }

    /// Returns whether passkeys are off only because the host of the issuer is an IP address.
    pub fn lack_domain(&self) -> bool {
        self.is_enabled && self.rp_id.is_none()
    }
}

/// Returns the https origins of all clients, which may use the RP ID of the issuer (WebAuthn §5.11).
pub fn related_origins(clients: &Clients) -> BTreeSet<&str> {
    let origins = clients.iter().flat_map(|client| &client.origins);
    let origins = origins.map(Origin::as_str);
    origins
        .filter(|origin| origin.starts_with("https://"))
        .collect()
}

/// Returns the number of labels of related origins, if browsers may ignore some of them.
pub fn too_many_labels(clients: &Clients) -> Option<usize> {
    let labels: BTreeSet<_> = related_origins(clients)
        .into_iter()
        .map(registrable)
        .collect();
    (labels.len() > MOST_LABELS).then_some(labels.len())
}

/// Returns the last two labels of the host, which is the registrable domain under most public suffixes.
fn registrable(origin: &str) -> &str {
    let host = origin.strip_prefix("https://").unwrap_or(origin);
    let host = host.split(':').next().unwrap_or(host);
    let dots: Vec<_> = host.rmatch_indices('.').map(|(at, _)| at).collect();
    let start = dots.get(1).map_or(0, |dot| dot + 1);
    host.get(start..).unwrap_or(host)
}

/// Returns the host of the issuer, unless the host is an IP address: WebAuthn needs a domain.
fn domain(issuer: &Issuer) -> Option<&str> {
    let host = issuer.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_err().then_some(host)
}

/// Reads an RP ID: the host of the issuer, or a domain that the host belongs to. A single label other than the host is
/// a public suffix, which browsers refuse.
fn rp_id(text: &str, host: &str) -> Result<String, String> {
    let is_parent = host
        .strip_suffix(text)
        .is_some_and(|rest| rest.ends_with('.'));
    if text == host || (is_parent && text.contains('.')) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "must be {host}, the host of the issuer, or a registrable domain that it ends with"
        ))
    }
}

/// Reads an origin of a page or of an Android app.
fn origin(text: &str) -> Result<String, &'static str> {
    let is_app = text.strip_prefix(ANDROID).is_some_and(|hash| {
        let is_base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        hash.len() == 43 && hash.bytes().all(is_base64url)
    });
    let is_page = Origin::parse(text).is_ok();
    if is_app || is_page {
        Ok(text.to_owned())
    } else {
        Err(
            "must be an origin such as https://app.example.com, or android:apk-key-hash: and the SHA-256 of the signing \
             certificate in base64url",
        )
    }
}
