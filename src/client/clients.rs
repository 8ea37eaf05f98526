//! All configured clients, and the selection of the client of a request.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Algorithm, Client, RedirectUri, TokenTransport};

/// The reason why no client was selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientLookupError {
    /// No client has this `client_id`.
    #[error("no client with this client_id is configured")]
    Unknown,
    /// The client is confidential and has not authenticated. Only the token endpoint authenticates clients.
    #[error("the client has to authenticate, and can do so only at the token endpoint")]
    Unauthenticated,
    /// The client may not use the grant (RFC 6749 §5.2).
    #[error("the grants of the client do not include this one")]
    Grant,
    /// The request has no `client_id`, and not exactly one public client is configured.
    #[error("client_id is required: not exactly one public client is configured")]
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

    /// Selects the client of a request. The request may omit `client_id` if only one public client is
    /// configured.
    ///
    /// # Errors
    /// See [`ClientLookupError`].
    pub fn choose(&self, client_id: Option<&str>) -> Result<&Client, ClientLookupError> {
        if let Some(client_id) = client_id {
            return self.get(client_id).ok_or(ClientLookupError::Unknown);
        }
        let mut public = self
            .iter()
            .filter(|client| !client.authentication.is_confidential());
        match (public.next(), public.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(ClientLookupError::Ambiguous),
        }
    }

    /// Selects the client of a request to a first-party route, which issues tokens to public clients only.
    ///
    /// # Errors
    /// See [`ClientLookupError`].
    pub fn choose_public(&self, client_id: Option<&str>) -> Result<&Client, ClientLookupError> {
        let client = self.choose(client_id)?;
        if client.authentication.is_confidential() {
            return Err(ClientLookupError::Unauthenticated);
        }
        Ok(client)
    }

    /// Returns any client, for a login that is for no client: its tokens name one.
    ///
    /// # Errors
    /// No client is configured.
    pub fn any(&self) -> Result<&Client, ClientLookupError> {
        self.iter().next().ok_or(ClientLookupError::Unknown)
    }

    /// Returns the clients with another redirect URI of the client with cookie transport, for logins at other
    /// applications.
    #[must_use]
    pub fn with_login_return(&self, uri: &RedirectUri) -> Self {
        let clients = self.iter().cloned().map(|client| match client.transport {
            TokenTransport::Cookie => Client {
                login_return: Some(uri.clone()),
                ..client
            },
            TokenTransport::Bearer => client,
        });
        Self::new(clients)
    }

    /// Returns the client with the cookie transport. At most one exists.
    pub fn with_cookies(&self) -> Option<&Client> {
        self.iter()
            .find(|client| client.transport == TokenTransport::Cookie)
    }

    /// Returns the algorithms that sign access tokens.
    pub fn access_token_algorithms(&self) -> BTreeSet<Algorithm> {
        self.iter().map(|client| client.algorithm).collect()
    }

    /// Returns the algorithms that sign ID tokens, and logout tokens, which are signed as ID tokens are (OpenID
    /// Connect Back-Channel Logout §2.4).
    pub fn id_token_algorithms(&self) -> BTreeSet<Algorithm> {
        let clients = self.iter();
        clients
            .filter(|client| client.is_openid())
            .map(|client| client.id_token.algorithm)
            .collect()
    }

    /// Returns the algorithms that sign any token that a client or its services verify.
    pub fn signing_algorithms(&self) -> BTreeSet<Algorithm> {
        &self.access_token_algorithms() | &self.id_token_algorithms()
    }

    /// Returns all clients.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.0.values()
    }
}
