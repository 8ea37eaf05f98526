//! Native login: an app's SDK has got an ID token from the provider, for a nonce of ours.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Error, Protocol, ProviderFault, ProviderLoginRejection, Upstream, Upstreams,
    find_user::UserLookup, openid,
};
use crate::{
    client::{Client, CodeChallenge},
    identity::{PersonName, Verified},
    locale::Locale,
    token::{ExpectedIdToken, SealedPurpose, SealedToken},
};

/// How long a challenge is good, and how old an ID token may be.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// What is handed to the app, which hands the nonce to the SDK.
pub struct Challenge {
    /// What the app presents with the ID token.
    pub challenge: String,
    /// What the ID token must say.
    pub nonce: String,
    /// How long both are good.
    pub lifetime: TimeDelta,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NativeLogin {
    provider: String,
}

impl SealedPurpose for NativeLogin {
    const PURPOSE: &'static str = "native-login";
}

/// What an app presents.
pub struct PresentedIdToken<'a> {
    /// What the SDK gave it.
    pub id_token: &'a str,
    /// What we gave it.
    pub challenge: &'a str,
    /// What the person is called, where the SDK alone is told (Apple).
    pub name: Option<PersonName>,
    /// In which language its owner is told, where the account joins an address.
    pub locale: Locale,
}

impl Upstreams {
    /// A challenge for an app.
    pub fn challenge(
        &self,
        provider: &Upstream,
        client: &Client,
        now: DateTime<Utc>,
    ) -> Result<Challenge, Error> {
        if !provider.is_openid() {
            return Err(ProviderLoginRejection::NoIdTokens.into());
        }
        let says = NativeLogin {
            provider: provider.id().to_owned(),
        };
        let challenge = self.tokens.seal(says, &client.client_id, LIFETIME, now)?;
        Ok(Challenge {
            nonce: nonce(&challenge),
            challenge,
            lifetime: LIFETIME,
        })
    }

    /// The person of an ID token, which must be of an account that is known, or of one whose address
    /// the provider vouches for: an app cannot be asked for one.
    pub async fn by_id_token(
        &self,
        provider: &Upstream,
        client: &Client,
        presented: PresentedIdToken<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let verified = self.verified(provider, client, presented, now).await;
        verified.inspect_err(|error| provider.log_trouble(error))
    }

    async fn verified(
        &self,
        provider: &Upstream,
        client: &Client,
        presented: PresentedIdToken<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let Protocol::OpenId(discovery) = &provider.dialect else {
            return Err(ProviderLoginRejection::NoIdTokens.into());
        };
        let challenge: SealedToken<NativeLogin> = self.unseal(presented.challenge, now).await?;
        if challenge.says.provider != provider.id() {
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
        let _place = provider
            .places
            .try_acquire()
            .map_err(|_| ProviderFault::Crowded)?;
        let id_token =
            openid::verify(discovery, &self.tokens, presented.id_token, &expected, now).await?;
        let proven = provider.proven(id_token, (None, presented.name));
        let verified = match self
            .find_or_create_user(provider, proven, presented.locale, now)
            .await?
        {
            UserLookup::Person(verified) => verified,
            UserLookup::LogInAndLink => return Err(Error::LogInAndLink),
            UserLookup::Unproven(_) => return Err(Error::AddressRequired),
        };
        provider.spent.spend(&challenge.jti, challenge.exp, now)?;
        Ok(verified)
    }
}

/// What an ID token must say for that challenge: its SHA-256, because providers bound the length of a
/// nonce.
fn nonce(challenge: &str) -> String {
    CodeChallenge::to(challenge).into()
}
