//! Verifies who a provider says logged in, by the protocol that the provider speaks.

use chrono::{DateTime, Utc};

use super::{
    AuthorizationResponse, Begun, Dialect, Error, Refused, Upstream, Upstreams, apple,
    claims::{Claimed, Profile, Proven, Said},
    github, openid,
};

impl Upstreams {
    /// Verifies the provider's response and returns the account that it proves.
    pub(super) async fn prove(
        &self,
        provider: &Upstream,
        begun: &Begun,
        response: &AuthorizationResponse,
        now: DateTime<Utc>,
    ) -> Result<Proven, Error> {
        let Begun(state) = begun;
        let code = response.code.as_deref().ok_or(Refused::NoCode)?;
        let endpoints = provider.endpoints().await?;
        let verifier = &state.says.code_verifier;
        let tokens = provider.redeem(&endpoints, code, verifier, now).await?;
        match &provider.dialect {
            Dialect::GitHub { api, .. } => github::prove(provider, api, tokens).await,
            Dialect::OpenId(discovery) => {
                let name = response.user.as_deref().and_then(apple::name);
                let expected = (&self.tokens, discovery, state.says.nonce.as_str());
                openid::prove(provider, expected, tokens, name, now).await
            }
        }
    }

    /// Fetches the profile and the claimed email.
    pub(super) async fn describe(
        &self,
        provider: &Upstream,
        said: Said,
    ) -> Result<(Profile, Option<Claimed>), Error> {
        match said {
            Said::GitHub { user, access_token } => {
                github::describe(provider, user, &access_token).await
            }
            Said::OpenId {
                id_token,
                access_token,
                name,
            } => openid::describe(provider, &id_token, access_token.as_deref(), name).await,
        }
    }
}
