//! Login with a passkey. No email is needed: the passkey names its user.
//!
//! The challenge is a sealed token that is bound to a secret of the caller, and nothing is stored for it. A login with a
//! passkey without a counter writes nothing.

mod answer;
mod challenge;
mod found;
mod rejection;
mod second_step;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use self::{
    answer::{PresentedAnswer, methods},
    challenge::PasskeyLogin,
    found::FoundPasskey,
    second_step::PasskeySecondStep,
};
pub use self::{
    challenge::{LoginChallenge, PasskeyPlace},
    rejection::PasskeyLoginRejection,
    second_step::PresentedSecondStep,
};
use super::Error;
use crate::{
    admission,
    client::{Client, CodeChallenge},
    config::PasskeysConfig,
    coordination::SpentMarks,
    entropy::Entropy,
    identity::{User, UserId, Verified},
    internal::InternalError,
    limits::Limits,
    network::Network,
    passkey::{AssertionResponse, Confirmed, CounterChange, PasskeyChallenge, UserVerification},
    store::Store,
    token::{SealedPurpose, SealedToken, TokenForm, TokenKind, Tokens},
};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// A login that a caller presents.
#[derive(Debug, Clone, Copy)]
pub struct PresentedPasskey<'a> {
    /// The sealed challenge.
    pub challenge: &'a str,
    /// The secret of the challenge.
    pub code_verifier: &'a str,
    /// The answer of the authenticator.
    pub response: AssertionResponse<'a>,
    /// The place of the login.
    pub place: PasskeyPlace,
    /// The network that the request comes from.
    pub network: Network,
}

/// Logs users in with passkeys.
#[derive(Debug, Clone)]
pub struct PasskeyProvider {
    /// The user store.
    pub store: Store,
    /// The limits of refused logins.
    pub limits: Limits,
    /// The tokens of challenges.
    pub tokens: Tokens,
    /// The source of challenges.
    pub entropy: Entropy,
    /// The RP ID and the origins.
    pub config: Arc<PasskeysConfig>,
    /// The challenges that were used here.
    pub spent: SpentMarks,
}

/// A user, and the passkey that the user has proven.
struct ProvenPasskey {
    user: User,
    passkey: FoundPasskey,
    confirmed: Confirmed,
}

impl PasskeyProvider {
    /// The sealed tokens of challenges, and how long each is valid.
    pub const KINDS: [(TokenForm, TimeDelta); 2] = [
        (SealedToken::<PasskeyLogin>::FORM, LIFETIME),
        (SealedToken::<PasskeySecondStep>::FORM, LIFETIME),
    ];

    /// Creates a challenge. It is the same for every user, so nothing is read.
    ///
    /// # Errors
    /// The service fails.
    pub fn challenge(
        &self,
        client: &Client,
        (place, code_challenge): (PasskeyPlace, CodeChallenge),
        now: DateTime<Utc>,
    ) -> Result<LoginChallenge, Error> {
        let challenge = PasskeyChallenge::new(self.entropy.bytes()?);
        let login = PasskeyLogin {
            challenge: challenge.encode(),
            code_challenge,
            place,
        };
        Ok(LoginChallenge {
            sealed: self.tokens.seal(login, &client.client_id, LIFETIME, now)?,
            challenge,
            lifetime: LIFETIME,
            allowed: Vec::new(),
            user_verification: UserVerification::Required,
        })
    }

    /// Verifies a login with a passkey, within the network's limit of confirmations. One read, and one
    /// compare-and-swap if the passkey has a counter. Only a refused login stays charged.
    ///
    /// # Errors
    /// The login is refused, a limit is reached, or the service fails.
    pub async fn verify(
        &self,
        client: &Client,
        presented: PresentedPasskey<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let is_refused = |error: &Error| matches!(error, Error::Passkey(_));
        let verifying = self.verify_presented(client, presented, now);
        admission::ask_provider(&self.limits, presented.network, is_refused, verifying).await
    }

    async fn verify_presented(
        &self,
        client: &Client,
        presented: PresentedPasskey<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let login = self.open(client, &presented, now).await?;
        let challenge = &login.claims.challenge;
        let from_replica = match self.store.fresh_replica() {
            Some(replica) => self
                .prove(&replica, client, challenge, &presented)
                .await
                .ok(),
            None => None,
        };
        // A counter is compared with that of the primary, which takes the new one.
        let proven = match from_replica.filter(|it| it.confirmed.counter == CounterChange::None) {
            Some(proven) => proven,
            None => {
                self.prove(&self.store, client, challenge, &presented)
                    .await?
            }
        };
        let ProvenPasskey {
            user,
            passkey,
            confirmed,
        } = proven;
        self.spend(&login, now).await?;
        self.advance(user.id, &passkey, confirmed).await?;
        Ok(Verified::new(user, methods(confirmed), now))
    }

    /// Checks the answer of an authenticator against the rows of a store.
    async fn prove(
        &self,
        store: &Store,
        client: &Client,
        challenge: &str,
        presented: &PresentedPasskey<'_>,
    ) -> Result<ProvenPasskey, Error> {
        let response = presented.response;
        let named = response.user_handle.and_then(UserId::from_bytes);
        // An unknown user is read as well.
        let named = named.unwrap_or(UserId::BEFORE_ALL);
        let (user, passkey) = self.find_in(store, named, response.id).await?;
        let answer = PresentedAnswer {
            challenge,
            response,
            place: presented.place,
            user_verification: UserVerification::Required,
        };
        let user_id = user.as_ref().map_or(UserId::BEFORE_ALL, |user| user.id);
        let confirmed = self.check(client, answer, (user_id, passkey.as_ref()))?;
        let (user, passkey) = user
            .zip(passkey)
            .ok_or(PasskeyLoginRejection::UnknownPasskey)?;
        if !user.is_active {
            return Err(PasskeyLoginRejection::Disabled.into());
        }
        Ok(ProvenPasskey {
            user,
            passkey,
            confirmed,
        })
    }

    /// Opens the challenge of a caller that has its secret.
    async fn open(
        &self,
        client: &Client,
        presented: &PresentedPasskey<'_>,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<PasskeyLogin>, Error> {
        let login = self
            .unseal::<PasskeyLogin>(presented.challenge, now)
            .await?;
        if login.client_id != client.client_id {
            return Err(PasskeyLoginRejection::OtherClient.into());
        }
        if login.claims.place != presented.place {
            return Err(PasskeyLoginRejection::OtherPlace.into());
        }
        if !login
            .claims
            .code_challenge
            .is_met_by(presented.code_verifier)
        {
            return Err(PasskeyLoginRejection::OtherCaller.into());
        }
        Ok(login)
    }

    /// Opens a challenge that was not used here.
    async fn unseal<T: SealedPurpose>(
        &self,
        challenge: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<T>, Error> {
        let opened = self.tokens.unseal::<T>(challenge, now).await;
        let opened = opened.map_err(|rejected| {
            InternalError::unverifiable(rejected).map_or_else(
                || PasskeyLoginRejection::Challenge(rejected).into(),
                Error::Internal,
            )
        })?;
        if self.spent.contains(&opened.jti) {
            return Err(PasskeyLoginRejection::Spent.into());
        }
        Ok(opened)
    }

    /// Marks the challenge as used.
    async fn spend<T>(&self, challenge: &SealedToken<T>, now: DateTime<Utc>) -> Result<(), Error> {
        let spent = self.spent.spend(&challenge.jti, challenge.exp, now);
        spent
            .await
            .map_err(|not_spent| match InternalError::unrecordable(not_spent) {
                Some(fault) => Error::Internal(fault),
                None => PasskeyLoginRejection::Spent.into(),
            })
    }
}
