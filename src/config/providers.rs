//! `[[providers]]`: external identity providers (OpenID Connect Core, RFC 6749).

mod credentials;
mod preset;
mod read;
mod server;

use std::sync::Arc;

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use secrecy::SecretString;
use url::Url;

use self::preset::Preset;
pub(super) use self::server::is_loopback as is_loopback_url;
use super::{Issuer, Reloadable, SecretReload, reader::SettingReader};
use crate::{microsoft_tenants::Tenants, pkcs8::P256Key};

/// An external provider that verifies users, and the registration of Signet as its client.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The name in routes: `/login/{id}`, `/callback/{id}`.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The protocol.
    pub kind: ProviderKind,
    /// The configured `kind`, which may be a preset. Apps select an icon by it.
    pub brand: &'static str,
    /// The issuer of identities.
    pub issuer: ProviderIssuer,
    /// The redirect URI to which the provider sends users back.
    pub redirect_uri: Url,
    /// The `client_id` of Signet at the provider.
    pub client_id: String,
    /// The client authentication of Signet at the provider.
    pub credentials: ClientCredentials,
    /// Further accepted audiences of ID tokens: the client ids of mobile apps, which obtain ID
    /// tokens from an SDK.
    pub native_client_ids: Vec<String>,
    /// The requested scopes.
    pub scopes: Vec<String>,
    /// Trusts an email that the provider calls verified.
    pub trusts_addresses: bool,
    /// A login at the provider counts as a login with several factors.
    pub counts_as_mfa: bool,
}

/// The protocol of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenID Connect with the extensions of Google.
    Google,
    /// OAuth and the REST API of GitHub, without ID tokens.
    GitHub,
    /// OpenID Connect with a signed client secret, `form_post`, and a name that is sent only once.
    Apple,
    /// OpenID Connect with an issuer that may be a template.
    Microsoft,
    /// OpenID Connect as it is specified.
    Oidc,
}

/// The issuer of identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderIssuer {
    /// An OpenID provider.
    OpenId {
        /// The `issuer` of its metadata and the `iss` of its tokens, byte for byte.
        issuer: String,
        /// The same as a URL: the base of the metadata URL.
        url: Url,
    },
    /// Microsoft. The `tid` of a token selects one of these tenants.
    Microsoft {
        /// The accepted tenants.
        tenants: Tenants,
        /// The base URL of the metadata that all tenants share.
        url: Url,
    },
    /// A GitHub server. Both URLs end in a slash, so that paths can be joined to them.
    GitHub {
        /// The base URL of the web pages.
        web: Url,
        /// The base URL of the REST API.
        api: Url,
    },
}

/// The client authentication of Signet at a provider.
#[derive(Debug, Clone)]
pub enum ClientCredentials {
    /// No authentication: a public client (RFC 6749 §2.1), whose code PKCE protects.
    None,
    /// A client secret (RFC 6749 §2.3.1).
    Secret(Reloadable<SecretString>),
    /// A JWT that is signed for each request.
    Apple(AppleKey),
}

/// The signing key that Apple issues to a team.
#[derive(Debug, Clone)]
pub struct AppleKey {
    /// The team that owns the key: the `iss`.
    pub team_id: String,
    /// The id of the key: the `kid`.
    pub key_id: String,
    /// The key.
    pub private_key: Reloadable<P256Key>,
}

impl ClientCredentials {
    /// Reloads the secret or the key from its file because an operator requested it: see
    /// [`Reloadable::reload`].
    pub fn reload(&self) -> BoxFuture<'static, SecretReload> {
        match self {
            Self::None => future::ready(SecretReload::Kept).boxed(),
            Self::Secret(secret) => secret.reload().boxed(),
            Self::Apple(key) => key.private_key.reload().boxed(),
        }
    }

    /// Reloads the secret or the key because the provider refused it: see
    /// [`Reloadable::reload_refused`].
    pub fn reload_refused(&self) -> BoxFuture<'static, SecretReload> {
        match self {
            Self::None => future::ready(SecretReload::Kept).boxed(),
            Self::Secret(secret) => secret.reload_refused().boxed(),
            Self::Apple(key) => key.private_key.reload_refused().boxed(),
        }
    }
}

impl ProviderConfig {
    /// Returns the `provider` column of accounts of this provider: the issuer, so that another
    /// server with the same `id` inherits no account. Servers with a fixed issuer have a short
    /// name. Returns `None` if the `iss` of each token decides.
    pub fn stored_as(&self) -> Option<&str> {
        match &self.issuer {
            ProviderIssuer::OpenId { issuer, .. } => {
                Some(Preset::of_issuer(issuer).unwrap_or(issuer))
            }
            ProviderIssuer::Microsoft { .. } => None,
            ProviderIssuer::GitHub { web, .. } => {
                let base = web.as_str().trim_end_matches('/');
                Some(Preset::of_issuer(base).unwrap_or(base))
            }
        }
    }

    /// Returns whether accounts that are stored with this `provider` belong to this provider.
    pub fn owns_account_of(&self, stored_as: &str) -> bool {
        match (self.stored_as(), &self.issuer) {
            (Some(name), _) => name == stored_as,
            (None, ProviderIssuer::Microsoft { tenants, .. }) => {
                tenants.of_issuer(stored_as).is_some()
            }
            (None, _) => false,
        }
    }
}

/// All configured providers, in the order in which pages show them.
#[derive(Debug, Clone, Default)]
pub struct ProviderConfigs(Arc<[ProviderConfig]>);

impl ProviderConfigs {
    pub(super) fn read(reader: &mut SettingReader, service: &Issuer, is_loopback: bool) -> Self {
        Self(read::all(reader, service, is_loopback).into())
    }

    /// Returns the provider of accounts that are stored with this `provider`.
    pub fn of_account(&self, stored_as: &str) -> Option<&ProviderConfig> {
        let mut all = self.iter();
        all.find(|provider| provider.owns_account_of(stored_as))
    }

    /// Returns all providers.
    pub fn iter(&self) -> impl Iterator<Item = &ProviderConfig> {
        self.0.iter()
    }
}
