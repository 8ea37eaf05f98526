//! Adds a passkey: a challenge, the answer of an authenticator, and the row.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{ListedPasskey, ReadPasskey, read_all, stored_text};
use crate::{
    identity::{Credential, CredentialKind, Epoch, User, UserId},
    internal::InternalError,
    mail::MailKind,
    passkey::{
        Expected, MAX_PASSKEYS, PasskeyChallenge, PasskeyName, PasskeyRejection,
        RegistrationResponse, StoredPasskey, UserVerification, verify_registration,
    },
    profile::{Error, ProfileService, Requester},
    store::{PasskeyRow, UserWithPasskeys},
    token::{Access, SealedPurpose, SealedToken, TokenForm, TokenKind, TokenRejection},
};

const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The sealed token of a challenge, and how long it is valid.
pub const KIND: (TokenForm, TimeDelta) = (SealedToken::<PasskeyEnrolment>::FORM, LIFETIME);

/// The content of a challenge for a registration. It belongs to one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PasskeyEnrolment {
    sub: UserId,
    sid: String,
    challenge: String,
}

impl SealedPurpose for PasskeyEnrolment {
    const PURPOSE: &'static str = "passkey-register";
}

/// The reason why a registration was refused. For logs and metrics: the response is the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum RegistrationRejection {
    /// The challenge is invalid or has expired.
    Challenge(TokenRejection),
    /// The challenge was made for another session.
    OtherSession,
    /// The answer of the authenticator is refused.
    Answer(PasskeyRejection),
}

impl RegistrationRejection {
    /// Returns the reason in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Challenge(rejected) => rejected.as_str(),
            Self::OtherSession => "other session",
            Self::Answer(rejected) => rejected.as_str(),
        }
    }
}

/// A challenge for a registration, with the values of its options.
#[derive(Debug, Clone)]
pub struct RegistrationChallenge {
    /// The sealed challenge that the caller presents with the answer.
    pub sealed: String,
    /// The challenge for the authenticator.
    pub challenge: PasskeyChallenge,
    /// The lifetime of both.
    pub lifetime: TimeDelta,
    /// The user.
    pub user: User,
    /// The usable passkeys of the user, which the authenticator must not have.
    pub existing: Vec<StoredPasskey>,
}

/// A new passkey that a caller presents.
#[derive(Debug, Clone)]
pub struct PresentedRegistration<'a> {
    /// The sealed challenge.
    pub challenge: &'a str,
    /// The answer of the authenticator.
    pub response: RegistrationResponse<'a>,
    /// The transports of the authenticator.
    pub transports: Vec<String>,
    /// The name of the passkey.
    pub name: PasskeyName,
}

impl ProfileService {
    /// Creates a challenge for a registration by this session.
    ///
    /// # Errors
    /// The session has ended, the user has too many passkeys, or the service fails.
    pub async fn begin_passkey(
        &self,
        session: &Access,
        now: DateTime<Utc>,
    ) -> Result<RegistrationChallenge, Error> {
        let UserWithPasskeys { user, passkeys } = self.read_with_passkeys(session).await?;
        if passkeys.len() >= MAX_PASSKEYS {
            return Err(Error::TooManyPasskeys);
        }
        let challenge = PasskeyChallenge::new(self.entropy.bytes()?);
        let enrolment = PasskeyEnrolment {
            sub: user.id,
            sid: session.sid.clone(),
            challenge: challenge.encode(),
        };
        let sealing = self
            .tokens
            .seal(enrolment, &session.client_id, LIFETIME, now);
        let existing = read_all(passkeys)
            .into_iter()
            .map(|read| read.passkey)
            .filter(|passkey| self.is_usable(passkey));
        Ok(RegistrationChallenge {
            sealed: sealing?,
            challenge,
            lifetime: LIFETIME,
            existing: existing.collect(),
            user,
        })
    }

    /// Adds a passkey, ends every session, and notifies the user. Returns the user with the new epoch, for which the
    /// requesting session is renewed, and the passkey.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the registration is refused, the user has
    /// the passkey already or too many, or the service fails.
    pub async fn add_passkey(
        &self,
        requester: Requester<'_>,
        presented: PresentedRegistration<'_>,
        now: DateTime<Utc>,
    ) -> Result<(User, ListedPasskey), Error> {
        let (session, locale) = (requester.session, requester.locale);
        let page = self.security_page(&requester)?;
        let mut user = self.authorise(requester, now).await?;
        let passkey = self.verify_registration(session, presented, now).await?;
        // Read after the epoch: a concurrent change of the passkeys also replaces the epoch, and then the write below
        // does nothing.
        let existing = self.read_with_passkeys(session).await?.passkeys;
        if existing.len() >= MAX_PASSKEYS {
            return Err(Error::TooManyPasskeys);
        }
        let is_known = |read: &ReadPasskey| read.passkey.id == passkey.id;
        if read_all(existing).iter().any(is_known) {
            return Err(Error::PasskeyExists);
        }
        let credential = Credential::new(
            user.id,
            CredentialKind::Passkey,
            stored_text(&passkey)?,
            now,
            &self.entropy,
        )?;
        let epoch = Epoch::fresh(&self.entropy)?;
        let adding = self
            .store
            .add_passkey_if(user.session_epoch, epoch, &credential);
        let clients = &self.backchannel_logout;
        if !clients
            .notify_after(user.id, adding, |added| *added)
            .await?
        {
            return Err(Error::Ended);
        }
        self.notify(&user.email, locale, MailKind::PasskeyAdded { page })
            .await;
        user.session_epoch = epoch;
        user.updated_at = now;
        let row = PasskeyRow {
            id: credential.id,
            verifier: credential.verifier,
            created_at: now,
            updated_at: now,
        };
        Ok((user, self.listed(&ReadPasskey { row, passkey })))
    }

    /// Verifies the answer to a challenge of this session.
    async fn verify_registration(
        &self,
        session: &Access,
        presented: PresentedRegistration<'_>,
        now: DateTime<Utc>,
    ) -> Result<StoredPasskey, Error> {
        let opening = self
            .tokens
            .unseal::<PasskeyEnrolment>(presented.challenge, now);
        let opened = opening.await.map_err(|rejected| {
            InternalError::unverifiable(rejected).map_or_else(
                || RegistrationRejection::Challenge(rejected).into(),
                Error::Internal,
            )
        })?;
        let enrolment = opened.claims;
        if enrolment.sub != session.sub || enrolment.sid != session.sid {
            return Err(RegistrationRejection::OtherSession.into());
        }
        let refused = RegistrationRejection::Answer;
        let challenge = PasskeyChallenge::parse(&enrolment.challenge);
        let challenge = challenge.ok_or(refused(PasskeyRejection::Challenge))?;
        let client = self.tokens.clients().choose(Some(&session.client_id))?;
        let rp_id = self.passkeys.rp_id().unwrap_or_default();
        let expected = Expected {
            challenge: &challenge,
            rp_id,
            origins: &self.passkeys.origins_of(client),
            user_verification: UserVerification::Required,
        };
        let registered = verify_registration(&expected, presented.response).map_err(refused)?;
        let (rp_id, transports) = (rp_id.to_owned(), presented.transports);
        Ok(StoredPasskey::new(
            registered,
            rp_id,
            presented.name,
            transports,
        ))
    }
}
