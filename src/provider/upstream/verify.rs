//! Verifies who a provider says logged in, by the protocol that the provider speaks.

use chrono::{DateTime, Utc};

use super::{
    AuthorizationResponse, Error, PendingLogin, Protocol, ProviderLoginRejection, Upstream,
    Upstreams, apple,
    claims::{ClaimedEmail, ProviderClaims, ProviderProfile, VerifiedIdentity},
    github, openid,
};

impl Upstreams {
    /// Verifies the provider's response and returns the account that it proves.
    pub(super) async fn verify_identity(
        &self,
        provider: &Upstream,
        begun: &PendingLogin,
        response: &AuthorizationResponse,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, Error> {
        let PendingLogin(state) = begun;
        let code = response
            .code
            .as_deref()
            .ok_or(ProviderLoginRejection::NoCode)?;
        let endpoints = provider.endpoints().await?;
        let verifier = &state.says.code_verifier;
        let tokens = provider.redeem(&endpoints, code, verifier, now).await?;
        match &provider.dialect {
            Protocol::GitHub { api, .. } => github::verify_identity(provider, api, tokens).await,
            Protocol::OpenId(discovery) => {
                let name = response.user.as_deref().and_then(apple::name);
                let expected = (&self.tokens, discovery, state.says.nonce.as_str());
                openid::verify_identity(provider, expected, tokens, name, now).await
            }
        }
    }

    /// Fetches the profile and the claimed email.
    pub(super) async fn fetch_profile(
        &self,
        provider: &Upstream,
        said: ProviderClaims,
    ) -> Result<(ProviderProfile, Option<ClaimedEmail>), Error> {
        match said {
            ProviderClaims::GitHub { user, access_token } => {
                github::fetch_profile(provider, user, &access_token).await
            }
            ProviderClaims::OpenId {
                id_token,
                access_token,
                name,
            } => openid::fetch_profile(provider, &id_token, access_token.as_deref(), name).await,
        }
    }
}
