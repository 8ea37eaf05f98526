//! OAuth clients (RFC 6749 §2): the apps that tokens are minted for. Configuration, never rows.

mod algorithm;
#[cfg(feature = "service")]
mod authorization_request;
mod claims;
mod origin;
#[cfg(feature = "service")]
mod pkce;
mod redirect_uri;
mod scope;
mod typ;

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use url::Url;

pub use self::{
    algorithm::Algorithm,
    claims::{ClaimTemplate, ExtraClaims, UserColumn},
    origin::{InvalidOrigin, Origin},
    redirect_uri::{InvalidRedirectUri, RedirectUri},
    scope::{InvalidScope, Scope},
    typ::Typ,
};
#[cfg(feature = "service")]
pub use self::{
    authorization_request::{AuthorizationRequest, Intent, LoginHints},
    pkce::{CODE_CHALLENGE_METHOD, CodeChallenge, InvalidCodeChallenge},
};

/// How the tokens of a client travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTransport {
    /// In bodies and the `Authorization` header: the client keeps them.
    Bearer,
    /// In `HttpOnly` cookies: the browser keeps them, and no script sees them.
    Cookie,
}

impl TokenTransport {
    /// All that a client may choose.
    pub const ALL: &[Self] = &[Self::Bearer, Self::Cookie];

    /// Its name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Cookie => "cookie",
        }
    }
}

/// One app: a SPA, a mobile app. Public (RFC 6749 §2.1): it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its name in every token and request.
    pub client_id: String,
    /// The `aud` of its access tokens: the services it talks to.
    pub audience: String,
    /// What it is granted by default, and at most.
    pub scopes: Scope,
    /// How its tokens travel.
    pub transport: TokenTransport,
    /// The web pages that may talk to the service for it.
    pub origins: Vec<Origin>,
    /// Where people may be sent back to after a login elsewhere (RFC 6749 §3.1.2).
    pub redirect_uris: Vec<RedirectUri>,
    /// Where its pages live; links in mails lead there.
    pub app_url: Option<Url>,
    /// What its access tokens are signed with.
    pub algorithm: Algorithm,
    /// What its access tokens say they are.
    pub typ: Typ,
    /// What is added to its access tokens.
    pub claims: ExtraClaims,
    /// How long an access token lives.
    pub access_lifetime: TimeDelta,
    /// How long a refresh token lives unused.
    pub refresh_idle: TimeDelta,
    /// How long a login lives, whatever is done with it.
    pub refresh_absolute: TimeDelta,
}

impl Client {
    /// Whether people may be sent to that URI with what a login has come to.
    pub fn may_redirect_to(&self, redirect_uri: &str) -> bool {
        self.registered(redirect_uri).is_some()
    }

    /// Whether an app on the person's own machine is at that URI.
    pub fn is_native_at(&self, redirect_uri: &str) -> bool {
        let registered = self.registered(redirect_uri);
        registered.is_some_and(RedirectUri::is_native)
    }

    fn registered(&self, redirect_uri: &str) -> Option<&RedirectUri> {
        let mut all = self.redirect_uris.iter();
        all.find(|registered| registered.matches(redirect_uri))
    }
}

/// Why no client could be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientLookupError {
    /// No client has that `client_id`.
    #[error("no client with this client_id is configured")]
    Unknown,
    /// Several clients are configured and the request names none.
    #[error("client_id is required because more than one client is configured")]
    Ambiguous,
}

/// Every configured client, by `client_id`.
#[derive(Debug, Clone)]
pub struct Clients(Arc<BTreeMap<String, Client>>);

impl Clients {
    /// The set of these clients.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let by_id = clients
            .into_iter()
            .map(|client| (client.client_id.clone(), client));
        Self(Arc::new(by_id.collect()))
    }

    /// The client of that name.
    pub fn get(&self, client_id: &str) -> Option<&Client> {
        self.0.get(client_id)
    }

    /// The client a request names; it may name none where only one fits.
    pub fn choose(&self, client_id: Option<&str>) -> Result<&Client, ClientLookupError> {
        match client_id {
            Some(client_id) => self.get(client_id).ok_or(ClientLookupError::Unknown),
            None if self.0.len() == 1 => self.iter().next().ok_or(ClientLookupError::Unknown),
            None => Err(ClientLookupError::Ambiguous),
        }
    }

    /// The client whose tokens travel in cookies; there is one at most.
    pub fn with_cookies(&self) -> Option<&Client> {
        self.iter()
            .find(|client| client.transport == TokenTransport::Cookie)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.0.values()
    }
}
