//! OAuth clients (RFC 6749 §2): the apps that tokens are minted for. Clients come from the
//! configuration and are never stored in the database.

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

/// The transport of a client's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTransport {
    /// Response bodies and the `Authorization` header: the client stores the tokens.
    Bearer,
    /// `HttpOnly` cookies: the browser stores the tokens, and no script can read them.
    Cookie,
}

impl TokenTransport {
    /// All transports.
    pub const ALL: &[Self] = &[Self::Bearer, Self::Cookie];

    /// Returns the name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Cookie => "cookie",
        }
    }
}

/// An OAuth client: a single-page app or a mobile app. Every client is public (RFC 6749 §2.1): it
/// has no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The client identifier in requests and tokens.
    pub client_id: String,
    /// The `aud` of access tokens: the services that the app calls.
    pub audience: String,
    /// The scopes that are granted by default, and at most.
    pub scopes: Scope,
    /// The transport of tokens.
    pub transport: TokenTransport,
    /// The origins of web pages that may send requests for the client.
    pub origins: Vec<Origin>,
    /// The redirect URIs to which users return after a login at the authorization endpoint or a
    /// provider (RFC 6749 §3.1.2).
    pub redirect_uris: Vec<RedirectUri>,
    /// The base URL of the app's pages, to which links in emails lead.
    pub app_url: Option<Url>,
    /// The algorithm that signs access tokens.
    pub algorithm: Algorithm,
    /// The `typ` of access tokens.
    pub typ: Typ,
    /// The extra claims of access tokens.
    pub claims: ExtraClaims,
    /// The lifetime of an access token.
    pub access_lifetime: TimeDelta,
    /// The idle timeout of a refresh token.
    pub refresh_idle: TimeDelta,
    /// The maximum lifetime of a session, however often it is refreshed.
    pub refresh_absolute: TimeDelta,
}

impl Client {
    /// Returns whether users may be redirected to this URI with the outcome of a login.
    pub fn may_redirect_to(&self, redirect_uri: &str) -> bool {
        self.registered(redirect_uri).is_some()
    }

    /// Returns whether this URI belongs to an app on the user's own machine.
    pub fn is_native_at(&self, redirect_uri: &str) -> bool {
        let registered = self.registered(redirect_uri);
        registered.is_some_and(RedirectUri::is_native)
    }

    fn registered(&self, redirect_uri: &str) -> Option<&RedirectUri> {
        let mut all = self.redirect_uris.iter();
        all.find(|registered| registered.matches(redirect_uri))
    }
}

/// The reason why no client was selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientLookupError {
    /// No client has this `client_id`.
    #[error("no client with this client_id is configured")]
    Unknown,
    /// Several clients are configured, and the request has no `client_id`.
    #[error("client_id is required because more than one client is configured")]
    Ambiguous,
}

/// All configured clients, by `client_id`.
#[derive(Debug, Clone)]
pub struct Clients(Arc<BTreeMap<String, Client>>);

impl Clients {
    /// Creates the set of these clients.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let by_id = clients
            .into_iter()
            .map(|client| (client.client_id.clone(), client));
        Self(Arc::new(by_id.collect()))
    }

    /// Returns the client with this `client_id`.
    pub fn get(&self, client_id: &str) -> Option<&Client> {
        self.0.get(client_id)
    }

    /// Selects the client of a request. The request may omit `client_id` if only one client is
    /// configured.
    ///
    /// # Errors
    /// See [`ClientLookupError`].
    pub fn choose(&self, client_id: Option<&str>) -> Result<&Client, ClientLookupError> {
        match client_id {
            Some(client_id) => self.get(client_id).ok_or(ClientLookupError::Unknown),
            None if self.0.len() == 1 => self.iter().next().ok_or(ClientLookupError::Unknown),
            None => Err(ClientLookupError::Ambiguous),
        }
    }

    /// Returns the client with the cookie transport. At most one exists.
    pub fn with_cookies(&self) -> Option<&Client> {
        self.iter()
            .find(|client| client.transport == TokenTransport::Cookie)
    }

    /// Returns all clients.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.0.values()
    }
}
