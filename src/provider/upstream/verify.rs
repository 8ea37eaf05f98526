//! Verifies the identity in a response of a provider, by the protocol of the provider.

use chrono::{DateTime, Utc};

use super::{
    AuthorizationResponse, Error, PendingLogin, Protocol, ProviderLoginRejection, Upstream,
    Upstreams, apple,
    claims::{ClaimedEmail, ProviderClaims, ProviderProfile, VerifiedIdentity},
    github, openid,
};

impl Upstreams {
    /// Redeems the code of the provider's response and returns the verified account.
    pub(super) async fn verify_identity(
        &self,
        provider: &Upstream,
        pending: &PendingLogin,
        response: &AuthorizationResponse,
        now: DateTime<Utc>,
    ) -> Result<VerifiedIdentity, Error> {
        let PendingLogin(state) = pending;
        let code = response
            .code
            .as_deref()
            .ok_or(ProviderLoginRejection::NoCode)?;
        let endpoints = provider.endpoints().await?;
        let verifier = &state.claims.code_verifier;
        let tokens = provider.redeem(&endpoints, code, verifier, now).await?;
        match &provider.protocol {
            Protocol::GitHub { api, .. } => github::verify_identity(provider, api, tokens).await,
            Protocol::OpenId(discovery) => {
                let name = response.user.as_deref().and_then(apple::name);
                let expected = (&self.tokens, discovery, state.claims.nonce.as_str());
                openid::verify_identity(provider, expected, tokens, name, now).await
            }
        }
    }

    /// Returns the profile and the claimed email, which are fetched if the claims lack them.
    pub(super) async fn fetch_profile(
        &self,
        provider: &Upstream,
        claims: ProviderClaims,
    ) -> Result<(ProviderProfile, Option<ClaimedEmail>), Error> {
        match claims {
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
