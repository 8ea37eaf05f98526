//! Login with a passkey. No email is needed: the passkey names its user.
//!
//! The challenge is a sealed token that is bound to a secret of the caller, and nothing is stored for it. A login with a
//! passkey without a counter writes nothing.

mod found;
mod rejection;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use self::rejection::PasskeyLoginRejection;
use super::Error;
use crate::{
    admission,
    client::{Client, CodeChallenge},
    config::PasskeysConfig,
    entropy::Entropy,
    identity::{AuthMethod, Verified},
    internal::InternalError,
    limits::Limits,
    network::Network,
    passkey::{
        AssertionResponse, Confirmed, Expected, PasskeyChallenge, PasskeyRejection, StoredPasskey,
        UserVerification, verify_assertion,
    },
    store::Store,
    token::{SealedPurpose, SealedToken, SpendError, SpentTokens, TokenForm, TokenKind, Tokens},
};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The place of a login with a passkey.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasskeyPlace {
    /// An app, which keeps the secret of its challenge.
    #[default]
    App,
    /// A hosted page of the login at a client. The login cookie is the secret.
    Client,
    /// The login page of the issuer itself, for no client. The login cookie is the secret.
    Issuer,
}

impl PasskeyPlace {
    fn is_app(&self) -> bool {
        *self == Self::App
    }
}

/// The content of a challenge for a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PasskeyLogin {
    challenge: String,
    /// The PKCE-like challenge of the secret that the requester keeps.
    code_challenge: CodeChallenge,
    /// The only place where the challenge counts.
    #[serde(default, skip_serializing_if = "PasskeyPlace::is_app")]
    place: PasskeyPlace,
}

impl SealedPurpose for PasskeyLogin {
    const PURPOSE: &'static str = "passkey-login";
}

/// A challenge for a login.
#[derive(Debug, Clone)]
pub struct LoginChallenge {
    /// The sealed challenge that the caller presents with the answer.
    pub sealed: String,
    /// The challenge for the authenticator.
    pub challenge: PasskeyChallenge,
    /// The lifetime of both.
    pub lifetime: TimeDelta,
}

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
    pub spent: SpentTokens,
}

impl PasskeyProvider {
    /// The sealed token of a challenge, and how long it is valid.
    pub const KIND: (TokenForm, TimeDelta) = (SealedToken::<PasskeyLogin>::FORM, LIFETIME);

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
        let challenge = PasskeyChallenge::parse(&login.claims.challenge);
        let challenge = challenge.ok_or(refused(PasskeyRejection::Challenge))?;
        let response = presented.response;
        let found = self.find(response).await?;
        // Without a passkey the work is the same.
        let decoy = || StoredPasskey::decoy(response.id);
        let passkey = found
            .as_ref()
            .map_or_else(decoy, |found| found.passkey.clone());
        let handle = found.as_ref().map(|found| found.user.id.to_bytes());
        let origins = match presented.place {
            PasskeyPlace::App | PasskeyPlace::Client => self.config.origins_of(client),
            PasskeyPlace::Issuer => self.config.origins_of_issuer(),
        };
        let expected = Expected {
            challenge: &challenge,
            rp_id: self.config.rp_id().unwrap_or_default(),
            origins: &origins,
            user_verification: UserVerification::Required,
        };
        let handle = handle.as_ref().map_or(&[][..], |handle| handle);
        let confirmed = verify_assertion(&expected, response, &passkey, handle);
        let found = found.ok_or(PasskeyLoginRejection::UnknownPasskey)?;
        let confirmed = confirmed.map_err(refused)?;
        if !found.user.is_active {
            return Err(PasskeyLoginRejection::Disabled.into());
        }
        self.spend(&login, now)?;
        self.advance(&found, confirmed).await?;
        let methods = methods(confirmed);
        Ok(Verified::new(found.user, methods, now))
    }

    /// Opens the challenge of a caller that has its secret.
    async fn open(
        &self,
        client: &Client,
        presented: &PresentedPasskey<'_>,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<PasskeyLogin>, Error> {
        let opened = self.tokens.unseal::<PasskeyLogin>(presented.challenge, now);
        let login = opened.await.map_err(|rejected| {
            InternalError::unverifiable(rejected).map_or_else(
                || PasskeyLoginRejection::Challenge(rejected).into(),
                Error::Internal,
            )
        })?;
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
        if self.spent.contains(&login.jti) {
            return Err(PasskeyLoginRejection::Spent.into());
        }
        Ok(login)
    }

    /// Marks the challenge as used here.
    fn spend(&self, login: &SealedToken<PasskeyLogin>, now: DateTime<Utc>) -> Result<(), Error> {
        let spent = self.spent.spend(&login.jti, login.exp, now);
        spent.map_err(|not_spent| match not_spent {
            SpendError::Before => PasskeyLoginRejection::Spent.into(),
            SpendError::Full => Error::Internal(InternalError::SpentTokensFull),
        })
    }
}

fn refused(rejected: PasskeyRejection) -> Error {
    PasskeyLoginRejection::Answer(rejected).into()
}

/// Returns the authentication methods: the authenticator has verified the user.
fn methods(confirmed: Confirmed) -> Vec<AuthMethod> {
    let mut methods = vec![
        AuthMethod::Possession,
        AuthMethod::UserVerification,
        AuthMethod::MultiFactor,
    ];
    if !confirmed.flags.is_backup_eligible() {
        methods.push(AuthMethod::HardwareKey);
    }
    methods
}
