//! Who it is, as a provider says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AuthorizationResponse, Begun, Dialect, Error, Refused, Upstream, Upstreams, apple, github,
    openid,
};
use crate::{
    identity::{EmailAddress, External, ImageUrl, PersonName},
    token::IdToken,
};

/// A claim to an account of a provider, checked and found true. What the provider says besides is
/// asked for only where the account is new here.
pub(super) struct Proven {
    pub(super) account: External,
    /// When the person last proved to be there, where the provider says it.
    pub(super) auth_time: Option<DateTime<Utc>>,
    pub(super) said: Said,
}

/// What the provider has said, or will say when it is asked.
pub(super) enum Said {
    OpenId {
        id_token: Box<IdToken>,
        access_token: Option<String>,
        /// What came beside it, unsigned.
        name: Option<PersonName>,
    },
    GitHub {
        user: github::User,
        access_token: String,
    },
}

/// What a provider says of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Profile {
    /// What the person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<PersonName>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<ImageUrl>,
}

/// The address that a provider claims for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) email: EmailAddress,
    /// Whether the provider is believed that the person reads it.
    pub(super) is_proven: bool,
}

impl Upstreams {
    /// Who it is, by what the provider sent the person back with.
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

    /// What the provider says of the person besides.
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
