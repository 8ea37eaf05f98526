//! `[[providers]]`: others who verify people, and what we are to them (OpenID Connect Core, RFC 6749).

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
use super::{Issuer, Reloadable, SecretReload, reader::SettingReader};
use crate::{microsoft_tenants::Tenants, pkcs8::P256Key};

/// Somebody else's service that verifies people for us.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Its name in routes: `/login/{id}`, `/callback/{id}`.
    pub id: String,
    /// The display name.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// The `kind` it is configured by, which may be one of the presets: what an app shows an icon for.
    pub brand: &'static str,
    /// Who vouches.
    pub issuer: ProviderIssuer,
    /// Where it sends people back to.
    pub redirect_uri: Url,
    /// Our name there.
    pub client_id: String,
    /// How we prove there that we are we.
    pub credentials: ClientCredentials,
    /// Further audiences of ID tokens: the names of mobile apps, which get them from an SDK.
    pub native_client_ids: Vec<String>,
    /// What we ask for.
    pub scopes: Vec<String>,
    /// Whether an address that it calls verified is believed.
    pub trusts_addresses: bool,
}

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenID Connect, with a name of its own for what few others have.
    Google,
    /// OAuth and a REST API; no ID tokens.
    GitHub,
    /// OpenID Connect with a signed client secret, `form_post`, and a name told once.
    Apple,
    /// OpenID Connect, whose issuer may be a template.
    Microsoft,
    /// OpenID Connect as it is specified.
    Oidc,
}

/// Who vouches for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderIssuer {
    /// An OpenID provider.
    OpenId {
        /// The `issuer` of its metadata and the `iss` of its tokens, byte for byte.
        issuer: String,
        /// The same as a URL: where it is asked for its metadata.
        url: Url,
    },
    /// Whichever of these tenants of Microsoft a token names by its `tid`.
    Microsoft {
        /// The tenants.
        tenants: Tenants,
        /// Where Microsoft is asked for the metadata of all of them.
        url: Url,
    },
    /// A GitHub server. Both URLs end in a slash, so that paths can be joined to them.
    GitHub {
        /// Where people go.
        web: Url,
        /// Where its REST API is.
        api: Url,
    },
}

/// How we prove to a provider that we are its client.
#[derive(Debug, Clone)]
pub enum ClientCredentials {
    /// Not at all: a public client (RFC 6749 §2.1), whose code PKCE protects.
    None,
    /// A secret (RFC 6749 §2.3.1).
    Secret(Reloadable<SecretString>),
    /// A JWT that is signed anew each time.
    Apple(AppleKey),
}

/// What Apple gives a team to sign with.
#[derive(Debug, Clone)]
pub struct AppleKey {
    /// Whose key it is: the `iss`.
    pub team_id: String,
    /// Which key it is: the `kid`.
    pub key_id: String,
    /// The key.
    pub private_key: Reloadable<P256Key>,
}

impl ClientCredentials {
    /// Reads the secret or the key again from its file, because an operator asked for it: see
    /// [`Reloadable::reload`].
    pub fn reload(&self) -> BoxFuture<'static, SecretReload> {
        match self {
            Self::None => future::ready(SecretReload::Kept).boxed(),
            Self::Secret(secret) => secret.reload().boxed(),
            Self::Apple(key) => key.private_key.reload().boxed(),
        }
    }

    /// The same because it was refused: see [`Reloadable::reload_refused`].
    pub fn reload_refused(&self) -> BoxFuture<'static, SecretReload> {
        match self {
            Self::None => future::ready(SecretReload::Kept).boxed(),
            Self::Secret(secret) => secret.reload_refused().boxed(),
            Self::Apple(key) => key.private_key.reload_refused().boxed(),
        }
    }
}

impl ProviderConfig {
    /// The `provider` of the accounts that it vouches for: its issuer, so that another server behind
    /// the same `id` inherits no account. Servers that are who they are for good have a name. `None`
    /// where each token's own `iss` says it.
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

    /// Whether an account that is stored with that `provider` is one of its.
    pub fn vouches_for(&self, stored_as: &str) -> bool {
        match (self.stored_as(), &self.issuer) {
            (Some(name), _) => name == stored_as,
            (None, ProviderIssuer::Microsoft { tenants, .. }) => {
                tenants.of_issuer(stored_as).is_some()
            }
            (None, _) => false,
        }
    }
}

/// Every configured provider, in the order in which people are shown them.
#[derive(Debug, Clone, Default)]
pub struct ProviderConfigs(Arc<[ProviderConfig]>);

impl ProviderConfigs {
    pub(super) fn read(reader: &mut SettingReader, service: &Issuer, is_loopback: bool) -> Self {
        Self(read::all(reader, service, is_loopback).into())
    }

    /// The provider that vouches for accounts that are stored with that `provider`.
    pub fn of_account(&self, stored_as: &str) -> Option<&ProviderConfig> {
        let mut all = self.iter();
        all.find(|provider| provider.vouches_for(stored_as))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &ProviderConfig> {
        self.0.iter()
    }
}
