//! A passkey as the second factor of a login: a challenge for the passkeys of the user, and its answer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    LIFETIME, LoginChallenge, PasskeyLoginRejection, PasskeyPlace, PasskeyProvider,
    PresentedAnswer, methods,
};
use crate::{
    admission,
    client::Client,
    identity::{UserId, Verified},
    network::Network,
    passkey::{AssertionResponse, PasskeyChallenge, UserVerification},
    provider::Error,
    second_factor::{ContinuationRejection, LoginContinuation},
    token::{SealedPurpose, SealedToken},
};

/// The content of a challenge for the second step of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PasskeySecondStep {
    sub: UserId,
    challenge: String,
    /// The identifier of the continuation: the challenge belongs to one login.
    continuation: String,
}

impl SealedPurpose for PasskeySecondStep {
    const PURPOSE: &'static str = "passkey-step-up";
}

/// An answer that a caller presents at the second step of a login.
#[derive(Debug, Clone, Copy)]
pub struct PresentedSecondStep<'a> {
    /// The sealed challenge.
    pub challenge: &'a str,
    /// The answer of the authenticator.
    pub response: AssertionResponse<'a>,
    /// The network that the request comes from.
    pub network: Network,
}

impl PasskeyProvider {
    /// Creates a challenge for the second step of a login, with one read. `None` if the user has no usable passkey.
    ///
    /// # Errors
    /// The login cannot go on, or the service fails.
    pub async fn second_step_challenge(
        &self,
        login: &SealedToken<LoginContinuation>,
        now: DateTime<Utc>,
    ) -> Result<Option<LoginChallenge>, Error> {
        let user_id = login.claims.user_id();
        let found = self.store.user_with_passkeys(user_id).await?;
        let found = found.filter(|found| login.claims.goes_on_for(&found.user));
        let passkeys = found.ok_or(ContinuationRejection::Ended)?.passkeys;
        let allowed: Vec<_> = self
            .usable(user_id, passkeys)
            .map(|(_, passkey)| passkey)
            .collect();
        if allowed.is_empty() {
            return Ok(None);
        }
        let challenge = PasskeyChallenge::new(self.entropy.bytes()?);
        let step = PasskeySecondStep {
            sub: user_id,
            challenge: challenge.encode(),
            continuation: login.jti.clone(),
        };
        Ok(Some(LoginChallenge {
            sealed: self.tokens.seal(step, &login.client_id, LIFETIME, now)?,
            challenge,
            lifetime: LIFETIME,
            allowed,
            user_verification: UserVerification::Preferred,
        }))
    }

    /// Completes a login with a passkey, within the network's limit of confirmations. One read, and one
    /// compare-and-swap if the passkey has a counter. Only a refused answer stays charged: it does not count as a wrong
    /// code.
    ///
    /// # Errors
    /// The login cannot go on, the answer is refused, a limit is reached, or the service fails.
    pub async fn verify_second_step(
        &self,
        client: &Client,
        login: &SealedToken<LoginContinuation>,
        presented: PresentedSecondStep<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let is_refused = |error: &Error| matches!(error, Error::Passkey(_));
        let verifying = self.verify_second_passkey(client, login, presented, now);
        admission::ask_provider(&self.limits, presented.network, is_refused, verifying).await
    }

    async fn verify_second_passkey(
        &self,
        client: &Client,
        login: &SealedToken<LoginContinuation>,
        PresentedSecondStep {
            challenge,
            response,
            ..
        }: PresentedSecondStep<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let step = self.unseal::<PasskeySecondStep>(challenge, now).await?;
        if step.claims.continuation != login.jti || step.claims.sub != login.claims.user_id() {
            return Err(PasskeyLoginRejection::OtherCaller.into());
        }
        let (user, passkey) = self
            .find_in(&self.store, step.claims.sub, response.id)
            .await?;
        let user = user.filter(|user| login.claims.goes_on_for(user));
        let user = user.ok_or(ContinuationRejection::Ended)?;
        let presented = PresentedAnswer {
            challenge: &step.claims.challenge,
            response,
            place: match &login.claims.page {
                None => PasskeyPlace::App,
                Some(page) if page.request.is_some() => PasskeyPlace::Client,
                Some(_) => PasskeyPlace::Issuer,
            },
            user_verification: UserVerification::Preferred,
        };
        let confirmed = self.check(client, presented, (user.id, passkey.as_ref()))?;
        let passkey = passkey.ok_or(PasskeyLoginRejection::UnknownPasskey)?;
        self.spend(&step, now).await?;
        self.advance(user.id, &passkey, confirmed).await?;
        Ok(login.claims.completed_by(user, &methods(confirmed))?)
    }
}
