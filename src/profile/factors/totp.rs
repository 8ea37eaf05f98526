//! The authenticator app of a user: set up and turned off by the user.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    client::Acr,
    identity::{Credential, CredentialKind, EmailAddress, Epoch, StoredVerifier, User, UserId},
    internal::InternalError,
    locale::Locale,
    mail::{self, MailKind},
    profile::{Error, ProfileService, Requester},
    second_factor::{StoredTotp, TotpCode, TotpSecret},
    store::FactorChange,
    token::{Access, SealedPurpose, SealedToken, TokenForm, TokenKind, Tokens},
};

/// The time in which the code of an enrolment has to be confirmed.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// The sealed enrolment, and how long it is valid.
pub(in crate::profile) const KIND: (TokenForm, TimeDelta) =
    (SealedToken::<Enrolment>::FORM, LIFETIME);

/// The claims of an enrolment: the secret of the app, for one session.
#[derive(Clone, Serialize, Deserialize)]
struct Enrolment {
    sub: UserId,
    sid: String,
    /// The epoch of the session: a change of the account ends the enrolment.
    epoch: Epoch,
    #[serde(with = "ts_seconds")]
    auth_time: DateTime<Utc>,
    /// A page has begun the enrolment. The tokens of its client, which may have the same `sid`, cannot confirm it.
    is_page: bool,
    /// The code completes the proof of who the user is: the login was of one factor, or the request had the password.
    completes_login: bool,
    secret: TotpSecret,
}

impl Enrolment {
    /// Returns whether the enrolment was begun by this login, and as here on a page or by a client.
    fn is_of(&self, session: &Access) -> bool {
        self.sub == session.sub
            && self.sid == session.sid
            && self.epoch == session.epoch
            && self.auth_time == session.auth_time
            && self.is_page == session.is_unminted()
    }
}

/// Opens an enrolment of this session.
async fn opened(
    tokens: &Tokens,
    enrolment: &str,
    session: &Access,
    now: DateTime<Utc>,
) -> Result<SealedToken<Enrolment>, Error> {
    let opened = tokens.unseal::<Enrolment>(enrolment, now).await;
    let opened = opened.map_err(|rejected| match InternalError::unverifiable(rejected) {
        Some(fault) => Error::Internal(fault),
        None => Error::Enrolment(rejected.as_str()),
    })?;
    if opened.client_id == session.client_id && opened.claims.is_of(session) {
        Ok(opened)
    } else {
        Err(Error::Enrolment("other session"))
    }
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

impl ProfileService {
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
        // A login of several factors is not completed again: its session could otherwise stay recent for ever, by removing
        // and adding the app.
        let completes_login = requester.password.is_some() || session.acr == Acr::OneFactor;
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
            auth_time: session.auth_time,
            is_page: session.is_unminted(),
            completes_login,
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

    /// Returns an enrolment again, for a page that asks for its code once more.
    ///
    /// # Errors
    /// The enrolment is expired or of another session, or the service fails.
    pub async fn shown_totp(
        &self,
        session: &Access,
        (enrolment, email): (&str, &EmailAddress),
        now: DateTime<Utc>,
    ) -> Result<TotpEnrolment, Error> {
        let opened = opened(&self.tokens, enrolment, session, now).await?;
        let secret = &opened.claims.secret;
        Ok(TotpEnrolment {
            enrolment: enrolment.to_owned(),
            secret: secret.text(),
            uri: secret.uri(&self.service_name, email.as_str()),
            expires_in: opened.exp.signed_duration_since(now),
        })
    }

    /// Adds the authenticator app of an enrolment, whose code proves that the app has the secret, and ends every session.
    /// The code counts as used. Returns the user with the new epoch, for which the requesting session is renewed, and the
    /// time of its authentication: now, unless the login was of several factors already.
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
        let Enrolment {
            sub,
            completes_login,
            secret,
            ..
        } = opened(&self.tokens, enrolment, session, now).await?.claims;
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
        let page = mail::security_page(self.tokens.issuer(), locale, session.mailing_client());
        self.notify(&user.email, locale, MailKind::FactorAdded { page })
            .await;
        user.session_epoch = epoch;
        user.updated_at = now;
        let proven_at = if completes_login {
            now
        } else {
            session.auth_time
        };
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
        let page = mail::security_page(self.tokens.issuer(), locale, session.mailing_client());
        self.notify(&user.email, locale, MailKind::FactorRemoved { page })
            .await;
        (_, user.session_epoch) = epochs;
        user.updated_at = now;
        Ok(user)
    }
}
