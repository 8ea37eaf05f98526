//! The profile of a user: read, changed and deleted by its owner. Every request reads the user's row, so a
//! session that has ended is refused at once.
//!
//! Sensitive changes also require a recent login or the password.

mod accounts;
mod admission;
mod email_change;
mod factors;
mod operator;
mod passkeys;
mod password_reset;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use self::admission::Admission;
pub use self::{
    accounts::LoginMethods,
    factors::{FactorList, TotpEnrolment},
    passkeys::{
        KIND as PASSKEY_KIND, ListedPasskey, OFFER_KIND, PasskeyOffer, PresentedRegistration,
        RegistrationChallenge, RegistrationRejection,
    },
};
use crate::{
    audit::{AuditAction, audit},
    backchannel_logout::BackchannelLogout,
    client::{Acr, ClientLookupError, OPENID},
    config::PasskeysConfig,
    coordination::SpentMarks,
    entropy::Entropy,
    identity::{Account, AccountKind, Credential, EmailAddress, Epoch, User, UserAtLogin},
    internal::{InternalError, convert_faults},
    limits::{ChargedCaller, Limits, RateLimited},
    locale::Locale,
    mail::{MailContext, MailKind, Mailer, Message},
    network::Network,
    password::{Hasher, PasswordPolicy, PresentedPassword, WeakPassword},
    store::{ProfileEdit, Store},
    token::{Access, LinkRejection, SealedPurpose, SealedToken, TokenForm, Tokens},
};

/// The sealed tokens of this module, and how long each is valid.
pub const SEALED_KINDS: [(TokenForm, TimeDelta); 3] =
    [password_reset::KIND, email_change::KIND, factors::KIND];

/// The reason why a profile was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The access token does not have this scope.
    #[error("the access token does not have the scope {0}")]
    Scope(&'static str),
    /// The session has ended: its user is deleted, disabled, or has another epoch.
    #[error("ended")]
    Ended,
    /// The login is not recent or not strong enough, and the request has no password that suffices.
    #[error("login not recent")]
    NotRecent {
        /// The maximum age of the login.
        within: TimeDelta,
        /// The least strength of the login.
        acr: Acr,
    },
    /// The password is wrong.
    #[error("wrong password")]
    WrongPassword,
    /// A rate limit is reached.
    #[error("rate limited")]
    Limited(RateLimited),
    /// The user has no such account.
    #[error("no such account")]
    NoSuchAccount,
    /// The account belongs to another user.
    #[error("account taken")]
    AccountTaken,
    /// The account is not a provider account.
    #[error("not unlinkable")]
    NotUnlinkable,
    /// The account is the user's last login method.
    #[error("last way in")]
    LastWayIn,
    /// The user has an authenticator app already.
    #[error("the user has an authenticator app")]
    TotpExists,
    /// The enrolment has expired, or belongs to another session.
    #[error("refused: enrolment {0}")]
    Enrolment(&'static str),
    /// The code does not match the secret of the enrolment.
    #[error("wrong code")]
    WrongCode,
    /// The user has no such factor.
    #[error("no such factor")]
    NoSuchFactor,
    /// Recovery codes need another factor, and the user has none.
    #[error("no second factor")]
    NoSecondFactor,
    /// The registration of a passkey is refused.
    #[error("refused: registration {0}")]
    Registration(#[from] RegistrationRejection),
    /// The user has the passkey already.
    #[error("passkey exists")]
    PasskeyExists,
    /// The user has as many passkeys as are allowed.
    #[error("too many passkeys")]
    TooManyPasskeys,
    /// The email is already the user's.
    #[error("same address")]
    SameAddress,
    /// The mailed link is refused.
    #[error("refused: link {0}")]
    Link(#[from] LinkRejection),
    /// The client of the link or of the session is not configured any more.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// The new password is too weak.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(limited Error, |rejected| Self::Link(LinkRejection::Token(rejected)));

impl Error {
    /// Returns whether the service is at fault. Then rate limits are given back.
    fn is_internal(&self) -> bool {
        matches!(self, Self::Internal(_))
    }
}

/// A session that requests a sensitive change.
#[derive(Debug)]
pub struct Requester<'a> {
    /// The claims of the access token.
    pub session: &'a Access,
    /// The password, which is required unless the login is recent.
    pub password: Option<PresentedPassword>,
    /// The network that the request comes from.
    pub network: Network,
    /// The language of notices to the user.
    pub locale: Locale,
}

/// Everything that is stored about a user, without secrets.
#[derive(Debug)]
pub struct StoredData {
    /// The row of the user.
    pub user: User,
    /// The login methods.
    pub accounts: Vec<Account>,
    /// The second factors.
    pub factors: FactorList,
}

/// A mailed link that a caller confirms.
#[derive(Debug, Clone, Copy)]
pub struct LinkConfirmation<'a> {
    /// The token of the link.
    pub token: &'a str,
    /// The network that the request comes from.
    pub network: Network,
    /// The language of notices to the user.
    pub locale: Locale,
}

/// Reads and changes profiles.
#[derive(Debug, Clone)]
pub struct ProfileService {
    /// The user store.
    pub store: Store,
    /// The password hasher.
    pub hasher: Hasher,
    /// The limits of password checks, which logins share, of mails and of link confirmations.
    pub limits: Limits,
    /// The policy of new passwords.
    pub policy: PasswordPolicy,
    /// The login methods that work at present.
    pub login_methods: LoginMethods,
    /// The name of the service in authenticator apps.
    pub service_name: String,
    /// The source of IDs and epochs.
    pub entropy: Entropy,
    /// The age up to which a login counts as recent.
    pub recent: TimeDelta,
    /// The tokens of mailed links.
    pub tokens: Tokens,
    /// The mailer of links and notices.
    pub mailer: Mailer,
    /// The RP ID and the origins of passkeys.
    pub passkeys: Arc<PasskeysConfig>,
    /// The offers of passkeys that were used here.
    pub spent_offers: SpentMarks,
    /// Notifies clients when all sessions of a user end.
    pub backchannel_logout: BackchannelLogout,
}

impl ProfileService {
    /// Returns the user of a session.
    ///
    /// # Errors
    /// The session has ended, or the service fails.
    pub async fn read(&self, session: &Access) -> Result<User, Error> {
        let user = self.store.user(session.sub).await?;
        user.filter(|user| user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)
    }

    /// Returns everything that is stored about the user of a session.
    ///
    /// # Errors
    /// The session has ended, or the service fails.
    pub async fn data(&self, session: &Access) -> Result<StoredData, Error> {
        let user = self.read(session).await?;
        Ok(StoredData {
            accounts: self.store.accounts_of(user.id).await?,
            factors: self.factors(session).await?,
            user,
        })
    }

    /// Returns the user of a session of an OpenID client.
    ///
    /// # Errors
    /// The session does not have the scope `openid` or has ended, or the service fails.
    pub async fn read_for_client(&self, session: &Access) -> Result<User, Error> {
        if !session.scope.contains(OPENID) {
            return Err(Error::Scope(OPENID));
        }
        let user = self.store.user_of_epoch(session.sub, session.epoch).await?;
        user.filter(|user| user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)
    }

    /// Changes the profile, in one conditional write.
    ///
    /// # Errors
    /// The session has ended, or the service fails.
    pub async fn edit(
        &self,
        session: &Access,
        edit: &ProfileEdit,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let edited = self
            .store
            .edit_user_if(session.sub, session.epoch, edit, now);
        let user = edited.await?.ok_or(Error::Ended)?;
        audit!(AuditAction::RecordChange, Done, user.id = %user.id, sid = %session.sid);
        Ok(user)
    }

    /// Sets or changes the password, ends every session, and notifies the user. Returns the user with the
    /// new epoch, for which the requesting session is renewed.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the new password is too weak, a
    /// limit is reached, or the service fails. A fault of the service is not charged.
    pub async fn change_password(
        &self,
        requester: Requester<'_>,
        new: PresentedPassword,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let network = requester.network;
        let notice = self.mail_context(requester.session.mailing_client(), requester.locale)?;
        let (UserAtLogin { user, .. }, admission) = self.authenticate(requester, now).await?;
        let admission = match admission {
            Some(admission) => admission,
            None => {
                let caller = ChargedCaller::at(network).acting_for(user.id);
                self.admit(caller).await?
            }
        };
        let user = self.set_password(user, new, &admission, now).await;
        admission
            .settle(user.as_ref().is_err_and(Error::is_internal))
            .await;
        let user = user?;
        self.notify_password_set(&user, notice, (Vec::new(), false))
            .await;
        Ok(user)
    }

    /// Hashes a new password and stores it together with a new epoch.
    async fn set_password(
        &self,
        mut user: User,
        new: PresentedPassword,
        admission: &Admission,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let name = user.name.as_ref();
        let rules = (&self.policy, &user.email, name);
        let verifier = admission.place.judge_and_hash(new, rules).await??;

        let epoch = Epoch::fresh(&self.entropy)?;
        let password = Credential::password(user.id, verifier, now, &self.entropy)?;
        let account = Account::own(AccountKind::Credentials, user.id, now, &self.entropy)?;
        let old = user.session_epoch;
        let setting = self
            .store
            .set_password_if(old, epoch, &password, &account, now);
        let clients = &self.backchannel_logout;
        if !clients
            .notify_after(user.id, setting, |is_set| *is_set)
            .await?
        {
            return Err(Error::Ended);
        }
        user.session_epoch = epoch;
        user.updated_at = now;
        Ok(user)
    }

    /// Deletes the user and all their data.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), or the service fails.
    pub async fn delete(&self, requester: Requester<'_>, now: DateTime<Utc>) -> Result<(), Error> {
        let session = requester.session;
        let user = self.authorise(requester, now).await?;
        let deleting = self.store.delete_user_if(user.id, user.session_epoch);
        let clients = &self.backchannel_logout;
        if !clients
            .notify_after(user.id, deleting, |deleted| *deleted)
            .await?
        {
            return Err(Error::Ended);
        }
        audit!(AuditAction::UserDelete, Done, user.id = %session.sub, sid = %session.sid);
        Ok(())
    }

    /// Opens a mailed link.
    async fn open<T: SealedPurpose>(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<T>, Error> {
        Ok(self.tokens.unseal(token, now).await?)
    }

    /// Returns the context of a notice to the user of that client. Without a client, its links lead to hosted pages.
    fn mail_context(
        &self,
        client_id: Option<&str>,
        locale: Locale,
    ) -> Result<MailContext<'_>, Error> {
        let clients = self.tokens.clients();
        let client = match client_id {
            Some(_) => clients.choose(client_id),
            None => clients.any(),
        };
        Ok(MailContext {
            client: client?,
            locale,
            request: None,
            is_at_issuer: client_id.is_none(),
        })
    }

    /// Sends a notice, if a mail server is configured and the mailbox has not reached its limit of notices
    /// of this kind.
    async fn notify(&self, to: &EmailAddress, locale: Locale, kind: MailKind) {
        if self.mailer.check().is_ok() && self.limits.may_notify(kind.name(), to).await {
            self.mailer.send(Message {
                to: to.clone(),
                locale,
                kind,
            });
        }
    }
}
