//! The second factors of a user: enrolled, removed and listed by the user, and reset by an operator.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, ProfileService, Requester};
use crate::{
    audit::{AuditAction, audit},
    identity::{Credential, CredentialKind, Epoch, StoredVerifier, User, UserId},
    locale::Locale,
    mail::{self, MailKind},
    second_factor::{RecoveryCodes, StoredTotp, TotpCode, TotpSecret},
    store::FactorChange,
    token::{Access, SealedPurpose, SealedToken, TokenForm, TokenKind, TokenRejection},
};

/// The time in which the code of an enrolment has to be confirmed.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// The sealed enrolment, and how long it is valid.
pub(super) const KIND: (TokenForm, TimeDelta) = (SealedToken::<Enrolment>::FORM, LIFETIME);

/// The claims of an enrolment: the secret of the app, for one session.
#[derive(Clone, Serialize, Deserialize)]
struct Enrolment {
    sub: UserId,
    sid: String,
    /// The epoch of the session: a change of the account ends the enrolment.
    epoch: Epoch,
    /// The time at which the user has proven who they are: of the login, or of the password in the request.
    proven_at: DateTime<Utc>,
    secret: TotpSecret,
}

impl SealedPurpose for Enrolment {
    const PURPOSE: &'static str = "totp-enrolment";
}

/// A secret that the user stores in an authenticator app. Nothing is stored here before a code confirms it.
pub struct TotpEnrolment {
    /// The sealed enrolment.
    pub enrolment: String,
    /// The secret in base32.
    pub secret: String,
    /// The `otpauth` URI of the secret.
    pub uri: String,
    /// The time that is left.
    pub expires_in: TimeDelta,
}

/// The second factors of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorList {
    /// The time at which the authenticator app was set up.
    pub totp: Option<DateTime<Utc>>,
    /// The number of recovery codes that were not used, and the time at which they were created.
    pub recovery_codes: Option<(usize, DateTime<Utc>)>,
}

impl ProfileService {
    /// Returns the second factors of the session's user.
    ///
    /// # Errors
    /// The session has ended, or the service fails.
    pub async fn factors(&self, session: &Access) -> Result<FactorList, Error> {
        let found = self.store.user_and_factors(session.sub).await?;
        let found = found
            .filter(|found| found.user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)?;
        let codes = found.recovery_codes.map(|codes| {
            let remaining = RecoveryCodes::stored(&codes.verifier).remaining();
            (remaining, codes.created_at)
        });
        Ok(FactorList {
            totp: found.totp.map(|totp| totp.created_at),
            recovery_codes: codes,
        })
    }

    /// Creates the secret of an authenticator app. Writes nothing.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the user has an app already, or the service
    /// fails.
    pub async fn enrol_totp(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<TotpEnrolment, Error> {
        let session = requester.session;
        let proven_at = match requester.password {
            Some(_) => now,
            None => session.auth_time,
        };
        let found = self.authorise_with_factors(requester, now).await?;
        if found.factors.has_totp {
            return Err(Error::TotpExists);
        }
        let secret = TotpSecret::fresh(&self.entropy)?;
        let (text, uri) = (
            secret.text(),
            secret.uri(&self.service_name, found.user.email.as_str()),
        );
        let enrolment = Enrolment {
            sub: session.sub,
            sid: session.sid.clone(),
            epoch: session.epoch,
            proven_at,
            secret,
        };
        let sealed = self
            .tokens
            .seal(enrolment, &session.client_id, LIFETIME, now)?;
        Ok(TotpEnrolment {
            enrolment: sealed,
            secret: text,
            uri,
            expires_in: LIFETIME,
        })
    }

    /// Adds the authenticator app of an enrolment, whose code proves that the app has the secret, and ends every session.
    /// The code counts as used. Returns the user with the new epoch, for which the requesting session is renewed, and the
    /// time at which the user has proven who they are.
    ///
    /// # Errors
    /// The enrolment is expired or of another session, the code is wrong, the session has ended, the user has an app
    /// already, or the service fails.
    pub async fn confirm_totp(
        &self,
        (session, locale): (&Access, Locale),
        enrolment: &str,
        code: &TotpCode,
        now: DateTime<Utc>,
    ) -> Result<(User, DateTime<Utc>), Error> {
        let mut user = self.read(session).await?;
        let opened = self.tokens.unseal::<Enrolment>(enrolment, now).await;
        let opened = opened.map_err(refused_enrolment)?.claims;
        let Enrolment {
            sub,
            sid,
            epoch: enrolled_epoch,
            proven_at,
            secret,
        } = opened;
        if sub != session.sub || sid != session.sid || enrolled_epoch != session.epoch {
            return Err(Error::Enrolment("other session"));
        }
        let last_step = secret.step_of(code, now).ok_or(Error::WrongCode)?;
        let stored = StoredTotp {
            sub,
            secret,
            last_step,
        };
        let verifier = StoredVerifier::new(self.tokens.seal_at_rest(&stored, now)?);
        let kind = CredentialKind::Totp;
        let totp = Credential::new(sub, kind, verifier, now, &self.entropy)?;
        let epoch = Epoch::fresh(&self.entropy)?;
        let adding = self.store.add_totp_if((session.epoch, epoch), &totp, now);
        let is_done = |change: &FactorChange| *change == FactorChange::Done;
        let clients = &self.backchannel_logout;
        match clients.notify_after(sub, adding, is_done).await? {
            FactorChange::Done => {}
            FactorChange::Refused => return Err(Error::TotpExists),
            FactorChange::Ended => return Err(Error::Ended),
        }
        let page = mail::security_page(self.tokens.issuer(), locale, &session.client_id);
        self.notify(&user.email, locale, MailKind::FactorAdded { page });
        user.session_epoch = epoch;
        user.updated_at = now;
        Ok((user, proven_at))
    }

    /// Removes the authenticator app and the recovery codes, and ends every session. Returns the user with the new epoch.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the user has no app, or the service fails.
    pub async fn remove_totp(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let (session, locale) = (requester.session, requester.locale);
        let mut user = self.authorise(requester, now).await?;
        let epochs = (user.session_epoch, Epoch::fresh(&self.entropy)?);
        let removing = self.store.remove_totp_if(user.id, epochs, now);
        let is_done = |change: &FactorChange| *change == FactorChange::Done;
        let clients = &self.backchannel_logout;
        match clients.notify_after(user.id, removing, is_done).await? {
            FactorChange::Done => {}
            FactorChange::Refused => return Err(Error::NoSuchFactor),
            FactorChange::Ended => return Err(Error::Ended),
        }
        let page = mail::security_page(self.tokens.issuer(), locale, &session.client_id);
        self.notify(&user.email, locale, MailKind::FactorRemoved { page });
        (_, user.session_epoch) = epochs;
        user.updated_at = now;
        Ok(user)
    }

    /// Creates recovery codes, which replace the earlier ones. Returns them as the user sees them, once.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the user has no other factor, or the service
    /// fails.
    pub async fn create_recovery_codes(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, Error> {
        let session = requester.session;
        let user = self.authorise(requester, now).await?;
        let (shown, codes) = RecoveryCodes::fresh(&self.entropy)?;
        let (kind, verifier) = (CredentialKind::RecoveryCodes, codes.verifier());
        let credential = Credential::new(user.id, kind, verifier, now, &self.entropy)?;
        let epoch = user.session_epoch;
        let setting = self.store.set_recovery_codes_if(epoch, &credential, now);
        match setting.await? {
            FactorChange::Done => {}
            FactorChange::Refused => return Err(Error::NoSecondFactor),
            FactorChange::Ended => return Err(Error::Ended),
        }
        audit!(AuditAction::RecoveryCodesCreate, Done, user.id = %user.id, sid = %session.sid);
        Ok(shown)
    }

    /// Notifies a user that an administrator has removed the second factors.
    pub fn notify_factors_reset(&self, user: &User, locale: Locale, client_id: &str) {
        let page = mail::security_page(self.tokens.issuer(), locale, client_id);
        self.notify(&user.email, locale, MailKind::FactorsReset { page });
    }
}

/// The error of an enrolment that cannot be opened.
fn refused_enrolment(rejected: TokenRejection) -> Error {
    match crate::internal::InternalError::unverifiable(rejected) {
        Some(fault) => Error::Internal(fault),
        None => Error::Enrolment(rejected.as_str()),
    }
}
