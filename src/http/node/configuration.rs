//! Clients and providers as configured, without secrets.

use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use crate::{
    client::{Client, Clients, GrantType, RedirectUri},
    config::{ProviderConfig, ProviderConfigs, ProviderIssuer},
};

/// The clients, sorted by `client_id`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ClientList {
    clients: Vec<ConfiguredClient>,
}

impl ClientList {
    pub(crate) fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.iter().map(ConfiguredClient::from).collect(),
        }
    }
}

/// A client as configured, without secrets and keys. Lifetimes are in seconds.
#[derive(Serialize, JsonSchema)]
struct ConfiguredClient {
    client_id: String,
    /// The name that users see.
    name: String,
    /// The methods of client authentication. `none` is a public client.
    auth_methods: Vec<&'static str>,
    /// `bearer` or `cookie`.
    transport: &'static str,
    grants: Vec<&'static str>,
    audiences: Vec<String>,
    scopes: Vec<String>,
    /// The roles of the client's own access tokens.
    roles: Vec<String>,
    origins: Vec<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    /// `off`, `allowed` or `required`.
    dpop: &'static str,
    /// The least strength of a login, as in `acr`.
    min_acr: &'static str,
    /// The algorithm that signs access tokens.
    algorithm: &'static str,
    access_lifetime: i64,
    refresh_idle: i64,
    refresh_absolute: i64,
}

impl From<&Client> for ConfiguredClient {
    fn from(client: &Client) -> Self {
        let uris = |all: &[RedirectUri]| all.iter().map(ToString::to_string).collect();
        let grants = client.grants.iter().copied();
        let methods = client.authentication.methods.iter();
        let mut audiences = vec![client.audience.clone()];
        audiences.extend_from_slice(&client.other_audiences);
        Self {
            client_id: client.client_id.clone(),
            name: client.display_name().to_owned(),
            auth_methods: methods.map(|method| method.as_str()).collect(),
            transport: client.transport.as_str(),
            grants: grants.map(GrantType::as_str).collect(),
            audiences,
            scopes: client.scopes.iter().map(str::to_owned).collect(),
            roles: client.roles.clone(),
            origins: client.origins.iter().map(ToString::to_string).collect(),
            redirect_uris: uris(&client.redirect_uris),
            post_logout_redirect_uris: uris(&client.post_logout_redirect_uris),
            backchannel_logout_uri: client.backchannel_logout_uri.as_ref().map(Url::to_string),
            dpop: client.dpop.mode.as_str(),
            min_acr: client.min_acr.as_str(),
            algorithm: client.algorithm.as_str(),
            access_lifetime: client.access_lifetime.num_seconds(),
            refresh_idle: client.refresh_idle.num_seconds(),
            refresh_absolute: client.refresh_absolute.num_seconds(),
        }
    }
}

/// The providers in the order of the configuration.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ProviderList {
    providers: Vec<ConfiguredProvider>,
}

impl ProviderList {
    pub(crate) fn new(providers: &ProviderConfigs) -> Self {
        Self {
            providers: providers.iter().map(ConfiguredProvider::from).collect(),
        }
    }
}

/// A provider as configured, without secrets and keys.
#[derive(Serialize, JsonSchema)]
struct ConfiguredProvider {
    id: String,
    name: String,
    /// The configured `kind`, which may be a preset.
    kind: &'static str,
    /// The issuer of identities. For GitHub the URL of the web pages.
    issuer: String,
    /// The `client_id` of Signet at the provider.
    client_id: String,
    redirect_uri: String,
    scopes: Vec<String>,
    /// True if an email that the provider calls verified is trusted.
    trusts_addresses: bool,
}

impl From<&ProviderConfig> for ConfiguredProvider {
    fn from(provider: &ProviderConfig) -> Self {
        let issuer = match &provider.issuer {
            ProviderIssuer::OpenId { issuer, .. } => issuer,
            ProviderIssuer::Microsoft { url, .. } => url.as_str(),
            ProviderIssuer::GitHub { web, .. } => web.as_str(),
        };
        Self {
            id: provider.id.clone(),
            name: provider.name.clone(),
            kind: provider.brand,
            issuer: issuer.to_owned(),
            client_id: provider.client_id.clone(),
            redirect_uri: provider.redirect_uri.to_string(),
            scopes: provider.scopes.clone(),
            trusts_addresses: provider.trusts_addresses,
        }
    }
}
