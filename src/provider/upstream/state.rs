//! The state of a pending login: the `state` parameter and the response that returns it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, ProviderLoginRejection, Upstream, Upstreams};
use crate::{
    client::{AuthorizationRequest, CodeChallenge},
    identity::UserId,
    internal::InternalError,
    locale::Locale,
    network::Network,
    token::{SealedPurpose, SealedToken},
};

/// The contents of the sealed `state` parameter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoginState {
    /// The ID of the provider.
    pub(super) provider: String,
    /// The `nonce` that the ID token must have (OpenID Connect Core §3.1.2.1).
    pub(super) nonce: String,
    /// The PKCE verifier of the code (RFC 7636 §4.1).
    pub(super) code_verifier: String,
    /// The hash that the login cookie must match.
    #[serde(rename = "binding")]
    pub(super) login_cookie: CodeChallenge,
    /// The purpose of the login, whose member is `request` or `linked_to`.
    #[serde(flatten)]
    pub(super) purpose: LoginPurpose,
}

/// The purpose of a login at a provider.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginPurpose {
    /// The authorization request of a client.
    #[serde(rename = "request")]
    Client(Box<AuthorizationRequest>),
    /// The account is connected to this user, who asked for it on the page of the account. No client is involved.
    #[serde(rename = "linked_to")]
    Connect(UserId),
}

impl From<AuthorizationRequest> for LoginPurpose {
    fn from(request: AuthorizationRequest) -> Self {
        Self::Client(Box::new(request))
    }
}

impl LoginPurpose {
    /// Returns the authorization request that the login serves, if it serves a client.
    pub(super) fn request(&self) -> Option<&AuthorizationRequest> {
        match self {
            Self::Client(request) => Some(request),
            Self::Connect(_) => None,
        }
    }
}

impl SealedPurpose for LoginState {
    const PURPOSE: &'static str = "login-state";
}

/// The authorization response of the provider (RFC 6749 §4.1.2).
#[derive(Clone, Default)]
pub struct AuthorizationResponse {
    /// The authorization code.
    pub code: Option<String>,
    /// The error in place of a code.
    pub error: Option<String>,
    /// The issuer of the response (RFC 9207).
    pub iss: Option<String>,
    /// The form field `user` of Apple, which holds the name and is sent only at the first login.
    pub user: Option<String>,
}

/// A login that comes back from the provider, and the caller that brings it.
pub struct ReturnedLogin<'a> {
    /// The login that the `state` resumed.
    pub pending: PendingLogin,
    /// The provider's response.
    pub response: &'a AuthorizationResponse,
    /// The network that the request comes from.
    pub network: Network,
    /// The language of notices to the user.
    pub locale: Locale,
}

/// A pending login that has returned to the browser in which it started.
pub struct PendingLogin(pub(super) SealedToken<LoginState>);

impl PendingLogin {
    /// Returns the purpose of the login.
    pub fn purpose(&self) -> &LoginPurpose {
        &self.0.claims.purpose
    }
}

impl Upstreams {
    /// Opens the `state` of a login at that provider, in the browser that presents `login_cookie`.
    ///
    /// # Errors
    /// The state is invalid, was used before or belongs to another provider or browser.
    pub async fn resume_login(
        &self,
        provider: &Upstream,
        state: &str,
        login_cookie: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<PendingLogin, Error> {
        let state: SealedToken<LoginState> = self.unseal(state, now).await?;
        let LoginState {
            provider: id,
            login_cookie: bound,
            purpose,
            ..
        } = &state.claims;
        self.check_pending_login(provider, id, (bound, login_cookie), purpose.request())?;
        if provider.spent.contains(&state.jti) {
            return Err(ProviderLoginRejection::Spent.into());
        }
        Ok(PendingLogin(state))
    }

    /// Opens a sealed token of a login.
    pub(super) async fn unseal<T: SealedPurpose>(
        &self,
        sealed: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<T>, Error> {
        let opened = self.tokens.unseal(sealed, now).await;
        opened.map_err(|rejected| match InternalError::unverifiable(rejected) {
            Some(fault) => Error::Internal(fault),
            None => ProviderLoginRejection::Sealed(rejected).into(),
        })
    }

    /// Checks that a login continues at the same provider, in the same browser, and, if it serves the request of a
    /// client, that the client still has the redirect URI.
    pub(super) fn check_pending_login(
        &self,
        provider: &Upstream,
        started_at: &str,
        (bound, presented): (&CodeChallenge, Option<&str>),
        request: Option<&AuthorizationRequest>,
    ) -> Result<(), ProviderLoginRejection> {
        if started_at != provider.id() {
            return Err(ProviderLoginRejection::OtherProvider);
        }
        if !presented.is_some_and(|login_cookie| bound.is_met_by(login_cookie)) {
            return Err(ProviderLoginRejection::OtherBrowser);
        }
        let Some(request) = request else {
            return Ok(());
        };
        let client = self.tokens.clients().get(&request.client_id);
        if client.is_some_and(|client| client.may_redirect_to(&request.redirect_uri)) {
            Ok(())
        } else {
            Err(ProviderLoginRejection::RedirectUri)
        }
    }
}
