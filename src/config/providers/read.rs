//! Reads each table of `[[providers]]`.

use std::collections::BTreeSet;

use url::Url;

use super::{ProviderConfig, ProviderIssuer, credentials, preset::Preset, server};
use crate::{
    branding::DisplayName,
    client::Scope,
    config::{Issuer, duration::boolean, one_of, reader::SettingReader},
    microsoft_tenants,
};

/// Settings that only some kinds have, and these kinds.
const KIND_SETTINGS: &[(&str, &[Preset])] = {
    use Preset::{Apple, Discord, GitHub, GitLab, Google, Microsoft, Oidc};
    let secret = &[Google, GitHub, Microsoft, GitLab, Discord, Oidc];
    &[
        ("issuer", &[Google, Apple, GitLab, Discord, Oidc]),
        ("base_url", &[GitHub]),
        ("tenant", &[Microsoft]),
        ("client_secret", secret),
        ("client_secret_file", secret),
        ("team_id", &[Apple]),
        ("key_id", &[Apple]),
        ("private_key_file", &[Apple]),
        (
            "native_client_ids",
            &[Google, Apple, Microsoft, GitLab, Discord, Oidc],
        ),
    ]
};

/// Words that no `id` can be, because routes have them in the same position.
const RESERVED_IDS: &[&str] = &["link", "new-passkey", "passkey", "return", "second-factor"];

/// The most native client ids of a provider.
const MAX_NATIVE_CLIENTS: usize = 16;

pub(super) fn all(
    reader: &mut SettingReader,
    service: &Issuer,
    is_loopback: bool,
) -> Vec<ProviderConfig> {
    let (mut ids, mut providers) = (BTreeSet::new(), Vec::<(String, ProviderConfig)>::new());
    for prefix in reader.tables("providers") {
        let setting = format!("{prefix}.id");
        let id = reader.required(&setting, id);
        if id.as_ref().is_some_and(|id| !ids.insert(id.clone())) {
            let problem = "is also the id of another provider";
            reader.fault(&setting, "", problem.to_owned());
        }
        let Some(provider) = provider(reader, &prefix, id, service, is_loopback) else {
            continue;
        };
        // Users of one entry could log in through the other, which may be trusted differently.
        let same = |other: &&(String, ProviderConfig)| other.1.stored_as() == provider.stored_as();
        if let Some((other, _)) = providers.iter().find(same) {
            let problem =
                format!("is the same as {other}: the two providers would share their accounts");
            reader.fault(&prefix, "", problem);
        }
        providers.push((prefix, provider));
    }
    providers
        .into_iter()
        .map(|(_, provider)| provider)
        .collect()
}

/// Reads a provider. Returns `None` if a required setting is missing or wrong.
fn provider(
    reader: &mut SettingReader,
    prefix: &str,
    id: Option<String>,
    service: &Issuer,
    is_loopback: bool,
) -> Option<ProviderConfig> {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let preset = reader.required(&name("kind"), |text| {
        one_of(text, Preset::ALL, Preset::as_str)
    });
    for (setting, kinds) in KIND_SETTINGS {
        let has_setting = preset.is_some_and(|preset| kinds.contains(&preset));
        if !has_setting
            && let Some((_, origin)) = reader.take_raw(&name(setting))
            && let Some(preset) = preset
        {
            let problem = format!("is not a setting of the kind {}", preset.as_str());
            reader.fault(&name(setting), &origin, problem);
        }
    }
    let client_id = reader.required(&name("client_id"), client_id);
    let display_name = reader.optional(&name("name"), DisplayName::parse);
    let display_name = display_name.map(|name| name.to_string());
    let trust = name("trusts_addresses");
    let trust_origin = reader.origin(&trust);
    let trusts_addresses = reader.optional(&trust, boolean);
    let counts_as_mfa = reader.optional(&name("counts_as_mfa"), boolean);
    let scopes = reader.words(&name("scopes"), scopes);
    let native_client_ids = reader.words(&name("native_client_ids"), |words| {
        native_client_ids(&words)
    });

    let preset = preset?;
    let issuer = issuer(reader, prefix, preset, is_loopback);
    let is_multi_tenant = match &issuer {
        Some(ProviderIssuer::Microsoft { .. }) => true,
        Some(ProviderIssuer::OpenId { issuer, .. }) => microsoft_tenants::is_personal(issuer),
        _ => false,
    };
    if is_multi_tenant && trusts_addresses == Some(true) {
        let problem = "requires the tenant of one organization: anyone can create a tenant and claim any \
                       email in it";
        reader.fault(&trust, &trust_origin, problem.to_owned());
    }
    let credentials = credentials::read(reader, prefix, preset);
    let mut scopes = scopes.unwrap_or_else(|| {
        let default = preset.scopes().iter();
        default.map(|&scope| scope.to_owned()).collect()
    });
    if preset.needs_openid() && !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".to_owned());
    }
    let (id, issuer) = (id?, issuer?);
    let is_enterprise = preset == Preset::GitHub && server::github().as_ref() != Some(&issuer);
    // If the URL of the issuer is invalid, the issuer has a fault already.
    let redirect_uri = Url::parse(&service.endpoint(&format!("/callback/{id}"))).ok()?;
    Some(ProviderConfig {
        name: display_name
            .or_else(|| preset.name().map(str::to_owned))
            .unwrap_or_else(|| id.clone()),
        id,
        kind: preset.kind(),
        brand: preset.as_str(),
        issuer,
        redirect_uri,
        client_id: client_id?,
        credentials: credentials?,
        native_client_ids: native_client_ids.unwrap_or_default(),
        scopes,
        counts_as_mfa: counts_as_mfa.unwrap_or(false),
        trusts_addresses: trusts_addresses.unwrap_or(preset.verifies_addresses() && !is_enterprise),
    })
}

fn issuer(
    reader: &mut SettingReader,
    prefix: &str,
    preset: Preset,
    is_loopback: bool,
) -> Option<ProviderIssuer> {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let default = preset.issuer();
    match preset {
        Preset::Oidc => reader.required(&name("issuer"), |text| server::issuer(text, is_loopback)),
        Preset::Microsoft => reader.required(&name("tenant"), server::tenant),
        Preset::GitHub if reader.is_set(&name("base_url")) => reader
            .optional(&name("base_url"), |text| {
                server::github_enterprise(text, is_loopback)
            }),
        Preset::GitHub => server::github(),
        _ if !reader.is_set(&name("issuer")) => {
            default.and_then(|default| server::issuer(default, false).ok())
        }
        Preset::GitLab => {
            reader.optional(&name("issuer"), |text| server::issuer(text, is_loopback))
        }
        Preset::Google | Preset::Apple | Preset::Discord => reader
            .optional(&name("issuer"), |text| {
                server::loopback_issuer(text, is_loopback)
            }),
    }
}

fn id(text: &str) -> Result<String, &'static str> {
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let starts_with_letter = text.starts_with(|c: char| c.is_ascii_lowercase());
    if RESERVED_IDS.contains(&text) {
        Err("is reserved for a route of Signet")
    } else if starts_with_letter && text.len() <= 32 && text.bytes().all(is_allowed) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 32 characters of a-z, 0-9 and -, the first a letter")
    }
}

fn client_id(text: &str) -> Result<String, &'static str> {
    if (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 256 printable ASCII characters without spaces")
    }
}

fn native_client_ids(words: &[String]) -> Result<Vec<String>, &'static str> {
    if words.len() > MAX_NATIVE_CLIENTS {
        return Err("must have at most 16 entries");
    }
    words.iter().map(|word| client_id(word)).collect()
}

fn scopes(words: Vec<String>) -> Result<Vec<String>, String> {
    let all = Scope::parse(&words.join(" ")).map_err(|error| error.to_string())?;
    if all.iter().count() == words.len() {
        Ok(words)
    } else {
        Err("must be distinct words".to_owned())
    }
}
