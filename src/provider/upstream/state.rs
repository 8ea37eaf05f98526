//! A login under way: what travels as `state`, and what comes back with it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, ProviderLoginRejection, Upstream, Upstreams};
use crate::{
    client::{AuthorizationRequest, CodeChallenge},
    token::{SealedPurpose, SealedToken},
};

/// All there is of a login under way.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoginState {
    /// At which provider.
    pub(super) provider: String,
    /// What its ID token must say (OpenID Connect Core §3.1.2.1).
    pub(super) nonce: String,
    /// What its code is bound to (RFC 7636 §4.1).
    pub(super) code_verifier: String,
    /// What the browser's cookie must meet.
    #[serde(rename = "binding")]
    pub(super) login_cookie: CodeChallenge,
    /// How long ago, in seconds, the person may have proved to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) max_age: Option<u32>,
    /// What all this is for.
    pub(super) request: AuthorizationRequest,
}

impl SealedPurpose for LoginState {
    const PURPOSE: &'static str = "login-state";
}

/// What the provider sent the person back with (RFC 6749 §4.1.2).
#[derive(Clone, Default)]
pub struct AuthorizationResponse {
    /// The code.
    pub code: Option<String>,
    /// An error in its place.
    pub error: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// What Apple says of a person, once: at the first login.
    pub user: Option<String>,
}

/// A login that comes back to the browser in which it began.
pub struct PendingLogin(pub(super) SealedToken<LoginState>);

impl PendingLogin {
    /// What it is for.
    pub fn request(&self) -> &AuthorizationRequest {
        &self.0.says.request
    }
}

impl Upstreams {
    /// Opens the `state` of a login at that provider, in the browser that presents `binding`.
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
            request,
            ..
        } = &state.says;
        self.admit(provider, id, (bound, login_cookie), request)?;
        if provider.spent.contains(&state.jti) {
            return Err(ProviderLoginRejection::Spent.into());
        }
        Ok(PendingLogin(state))
    }

    /// Opens whatever was sealed here for a login.
    pub(super) async fn unseal<T: SealedPurpose>(
        &self,
        sealed: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<T>, Error> {
        let opened = self.tokens.unseal(sealed, now).await;
        opened.map_err(|rejected| match rejected {
            rejected if rejected.is_ours() => Error::Unjudged(rejected),
            rejected => ProviderLoginRejection::Sealed(rejected).into(),
        })
    }

    /// Whether a login goes on as it began: at this provider, in this browser, for a client that may
    /// still be answered there.
    pub(super) fn admit(
        &self,
        provider: &Upstream,
        began_at: &str,
        (bound, presented): (&CodeChallenge, Option<&str>),
        request: &AuthorizationRequest,
    ) -> Result<(), ProviderLoginRejection> {
        if began_at != provider.id() {
            return Err(ProviderLoginRejection::OtherProvider);
        }
        if !presented.is_some_and(|login_cookie| bound.is_met_by(login_cookie)) {
            return Err(ProviderLoginRejection::OtherBrowser);
        }
        let client = self.tokens.clients().get(&request.client_id);
        if client.is_some_and(|client| client.may_redirect_to(&request.redirect_uri)) {
            Ok(())
        } else {
            Err(ProviderLoginRejection::RedirectUri)
        }
    }
}
