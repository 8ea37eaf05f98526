//! Native login: the SDK of an app gets an ID token from the provider for a nonce of this service.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Error, Protocol, ProviderFault, ProviderLoginRejection, Upstream, Upstreams,
    find_user::{LookupContext, UserLookup},
    openid,
};
use crate::{
    admission,
    client::{Client, CodeChallenge},
    identity::{FirstFactor, PersonName},
    locale::Locale,
    network::Network,
    token::{ExpectedIdToken, SealedPurpose, SealedToken},
};

/// The lifetime of a challenge, and the greatest age of an ID token.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// A challenge for an app, which passes the nonce to the SDK.
pub struct Challenge {
    /// The sealed challenge that the app presents with the ID token.
    pub challenge: String,
    /// The `nonce` that the ID token must have.
    pub nonce: String,
    /// The lifetime of the challenge and the nonce.
    pub lifetime: TimeDelta,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NativeLogin {
    provider: String,
}

impl SealedPurpose for NativeLogin {
    const PURPOSE: &'static str = "native-login";
}

/// An ID token that an app presents.
pub struct PresentedIdToken<'a> {
    /// The ID token from the SDK.
    pub id_token: &'a str,
    /// The challenge from this service.
    pub challenge: &'a str,
    /// The name of the user, if only the SDK receives it (Apple).
    pub name: Option<PersonName>,
    /// The language of the notice to the user when the account joins an existing email.
    pub locale: Locale,
    /// The network that the request comes from.
    pub network: Network,
}

impl Upstreams {
    /// Creates a challenge for an app.
    ///
    /// # Errors
    /// The provider issues no ID tokens, or the challenge cannot be sealed.
    pub fn challenge(
        &self,
        provider: &Upstream,
        client: &Client,
        now: DateTime<Utc>,
    ) -> Result<Challenge, Error> {
        if !provider.is_openid() {
            return Err(ProviderLoginRejection::NoIdTokens.into());
        }
        let login = NativeLogin {
            provider: provider.id().to_owned(),
        };
        let challenge = self.tokens.seal(login, &client.client_id, LIFETIME, now)?;
        Ok(Challenge {
            nonce: nonce(&challenge),
            challenge,
            lifetime: LIFETIME,
        })
    }

    /// Verifies an ID token and returns its user, within the network's limit of confirmations, as
    /// [`Upstreams::finish_login`] does. The account must have a user or a verified email, because an app
    /// cannot ask for an email.
    ///
    /// # Errors
    /// The ID token or the challenge is refused, the account has no verified email, a limit is reached, or
    /// the provider or the service fails.
    pub async fn by_id_token(
        &self,
        provider: &Upstream,
        client: &Client,
        presented: PresentedIdToken<'_>,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let network = presented.network;
        let verifying = async {
            let verified = self.verify_id_token(provider, client, presented, now).await;
            verified.inspect_err(|error| provider.log_fault(error))
        };
        admission::ask_provider(&self.limits, network, Error::is_charged, verifying).await
    }

    async fn verify_id_token(
        &self,
        provider: &Upstream,
        client: &Client,
        presented: PresentedIdToken<'_>,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let Protocol::OpenId(discovery) = &provider.protocol else {
            return Err(ProviderLoginRejection::NoIdTokens.into());
        };
        let challenge: SealedToken<NativeLogin> = self.unseal(presented.challenge, now).await?;
        if challenge.claims.provider != provider.id() {
            return Err(ProviderLoginRejection::OtherProvider.into());
        }
        if challenge.client_id != client.client_id {
            return Err(ProviderLoginRejection::OtherClient.into());
        }
        if provider.spent.contains(&challenge.jti) {
            return Err(ProviderLoginRejection::Spent.into());
        }
        let expected = ExpectedIdToken {
            issuer: discovery.issuer(),
            client_id: &provider.settings.client_id,
            native: &provider.settings.native_client_ids,
            nonce: &nonce(presented.challenge),
            access_token: None,
            max_age: Some(LIFETIME),
        };
        let _permit = provider
            .permits
            .try_acquire()
            .map_err(|_| ProviderFault::Crowded)?;
        let id_token =
            openid::verify(discovery, &self.tokens, presented.id_token, &expected, now).await?;
        let identity = provider.identity_of(id_token, (None, presented.name));
        let context = LookupContext {
            locale: presented.locale,
            client_id: &client.client_id,
            hinted: None,
        };
        let verified = match self
            .find_or_create_user(provider, identity, context, now)
            .await?
        {
            UserLookup::Person(first) => *first,
            UserLookup::LogInAndLink => return Err(Error::LogInAndLink),
            UserLookup::Unverified(_) => return Err(Error::AddressRequired),
        };
        provider
            .spent
            .spend(&challenge.jti, challenge.exp, now)
            .await?;
        Ok(verified)
    }
}

/// Returns the nonce of a challenge: its SHA-256, because providers limit the length of a nonce.
fn nonce(challenge: &str) -> String {
    CodeChallenge::to(challenge).into()
}
