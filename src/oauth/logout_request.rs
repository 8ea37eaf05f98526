//! Logout requests of clients (OpenID Connect RP-Initiated Logout 1.0 §2).

use chrono::{DateTime, Utc};

use super::client_response::with_parameters;
use crate::{
    client::{Client, RedirectUri},
    identity::UserId,
    internal::InternalError,
    token::Tokens,
};

/// The parameters of a logout request.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogoutParameters<'a> {
    /// An ID token of the user, which may have expired.
    pub id_token_hint: Option<&'a str>,
    /// The client.
    pub client_id: Option<&'a str>,
    /// The URI to which the user is sent after the logout.
    pub post_logout_redirect_uri: Option<&'a str>,
    /// A value that is added to the redirect.
    pub state: Option<&'a str>,
}

/// A logout request whose parameters were verified.
#[derive(Debug, Default)]
pub struct LogoutRequest<'c> {
    /// The client of the hint, or the one that `client_id` names.
    pub client: Option<&'c Client>,
    /// The user of the hint, if it verifies.
    pub user: Option<UserId>,
    /// The redirect after the logout, if the URI is registered for the client.
    pub redirect: Option<LogoutRedirect>,
}

/// The URL of a redirect after a logout (§3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRedirect(String);

impl LogoutRedirect {
    /// Returns the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the redirect to a URI of the client. The URI is kept byte for byte, including its query.
    fn of(client: &Client, uri: &str, state: Option<&str>) -> Option<Self> {
        let mut registered = client
            .post_logout_redirect_uris
            .iter()
            .map(RedirectUri::as_str);
        if !registered.any(|registered| registered == uri) {
            return None;
        }
        let Some(state) = state else {
            return Some(Self(uri.to_owned()));
        };
        Some(Self(with_parameters(uri, &[("state", state)])))
    }
}

impl<'c> LogoutRequest<'c> {
    /// Verifies the parameters. A hint that does not verify counts as absent, as does every parameter of
    /// a request whose `client_id` is not the audience of the hint.
    ///
    /// # Errors
    /// This node cannot verify the hint now. The hint may be valid.
    pub fn verify(
        tokens: &'c Tokens,
        given: LogoutParameters<'_>,
        now: DateTime<Utc>,
    ) -> Result<Self, InternalError> {
        let hint = match given
            .id_token_hint
            .map(|hint| tokens.verify_hint(hint, now))
        {
            None => None,
            Some(Ok(claims)) => Some(claims),
            Some(Err(rejected)) => InternalError::unverifiable(rejected).map_or(Ok(None), Err)?,
        };
        let audience = hint.as_ref().map(|hint| hint.aud.as_str());
        let client_id = match (audience, given.client_id) {
            (Some(audience), Some(client_id)) if audience != client_id => None,
            (audience, client_id) => audience.or(client_id),
        };
        let client = client_id.and_then(|client_id| tokens.clients().get(client_id));
        let uri = client.zip(given.post_logout_redirect_uri);
        Ok(Self {
            client,
            user: client.and(hint.map(|hint| hint.sub)),
            redirect: uri.and_then(|(client, uri)| LogoutRedirect::of(client, uri, given.state)),
        })
    }
}
