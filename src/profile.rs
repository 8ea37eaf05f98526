//! The person's own record: read, changed and deleted, each time asked of the row.
//!
//! What was ended has ended here at once. What is sensitive also needs a login that is recent, or
//! the password.

mod accounts;
mod admission;
mod email_change;
mod password_reset;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::accounts::LoginMethods;
use self::admission::Admission;
use crate::{
    client::ClientLookupError,
    entropy::{self, Entropy},
    identity::{Account, AccountKind, Credential, EmailAddress, Epoch, User},
    limits::{self, ChargedCaller, Limits},
    locale::Locale,
    mail::{self, MailContext, MailKind, Mailer, Message},
    network::Network,
    password::{Hasher, HashingError, PasswordPolicy, PresentedPassword, WeakPassword},
    store::{self, ProfileEdit, Store},
    token::{Access, LinkRejection, MintError, SealedPurpose, SealedToken, TokenForm, Tokens},
};

/// What is sealed here, and how long each is good.
pub const SEALED_KINDS: [(TokenForm, TimeDelta); 2] = [password_reset::KIND, email_change::KIND];

/// Why nothing was read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session is over: its user is gone, disabled, or has another epoch by now.
    #[error("ended")]
    Ended,
    /// The login is too long ago for what was asked, and no password was given.
    #[error("login not recent")]
    NotRecent {
        /// How long ago it may be.
        within: TimeDelta,
    },
    /// A password was given, and it is not the one.
    #[error("wrong password")]
    WrongPassword,
    /// A limit is reached.
    #[error("rate limited")]
    Limited(limits::RateLimited),
    /// The person has no such account.
    #[error("no such account")]
    NoSuchAccount,
    /// It is another person's account.
    #[error("account taken")]
    AccountTaken,
    /// It is no account of somebody else's server.
    #[error("not unlinkable")]
    NotUnlinkable,
    /// Nobody could come in any more.
    #[error("last way in")]
    LastWayIn,
    /// The address is the person's already.
    #[error("same address")]
    SameAddress,
    /// The mailed link is no good.
    #[error("refused: link {0}")]
    Link(#[from] LinkRejection),
    /// The client of the link or the session is none any more.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// The new password is too weak.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Our trouble: the pool.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// Our trouble: the database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Our trouble: randomness.
    #[error(transparent)]
    Entropy(#[from] entropy::EntropyError),
    /// Our trouble: minting.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// Our trouble: no mail.
    #[error(transparent)]
    Mail(#[from] mail::MailUnavailable),
}

impl From<limits::RateLimited> for Error {
    fn from(refused: limits::RateLimited) -> Self {
        Self::Limited(refused)
    }
}

impl Error {
    /// Whether nothing was done by a fault of ours alone.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Ended
            | Self::NotRecent { .. }
            | Self::WrongPassword
            | Self::Limited(_)
            | Self::NoSuchAccount
            | Self::AccountTaken
            | Self::NotUnlinkable
            | Self::LastWayIn
            | Self::SameAddress
            | Self::Client(_)
            | Self::Weak(_) => false,
            Self::Link(refused) => refused.is_ours(),
            Self::Hashing(_)
            | Self::Store(_)
            | Self::Entropy(_)
            | Self::Mint(_)
            | Self::Mail(_) => true,
        }
    }
}

/// Who asks for something sensitive, and how they show that it is them.
#[derive(Debug)]
pub struct Requester<'a> {
    /// The session.
    pub session: &'a Access,
    /// The password, where the login is not recent.
    pub password: Option<PresentedPassword>,
    /// Where the request comes from.
    pub network: Network,
}

/// Reads and changes the records of those who ask.
#[derive(Debug, Clone)]
pub struct ProfileService {
    /// Where they are.
    pub store: Store,
    /// What checks and hashes passwords.
    pub hasher: Hasher,
    /// How often they may be tried, here and at logins together.
    pub limits: Limits,
    /// What judges new ones.
    pub policy: PasswordPolicy,
    /// By which accounts one can come in.
    pub ways_in: LoginMethods,
    /// Where ids and epochs come from.
    pub entropy: Entropy,
    /// How long a login counts as recent.
    pub recent: TimeDelta,
    /// What seals links.
    pub tokens: Tokens,
    /// What mails them.
    pub mailer: Mailer,
}

impl ProfileService {
    /// The person a session belongs to.
    pub async fn read(&self, session: &Access) -> Result<User, Error> {
        let user = self.store.user(session.sub).await?;
        user.filter(|user| user.allows_join(session.epoch))
            .ok_or(Error::Ended)
    }

    /// Changes what a person may change, in one conditional write.
    pub async fn edit(
        &self,
        session: &Access,
        edit: &ProfileEdit,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let edited = self
            .store
            .edit_user_if(session.sub, session.epoch, edit, now);
        edited.await?.ok_or(Error::Ended)
    }

    /// Sets or changes the password, ends every session, and tells the owner; gives the row as it is
    /// then, for the session that asked to go on.
    pub async fn change_password(
        &self,
        asker: Requester<'_>,
        new: PresentedPassword,
        locale: Locale,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let network = asker.network;
        let notice = self.asked(&asker.session.client_id, locale)?;
        let (user, mut admission) = self.authenticate(asker, now).await?;
        let user = self
            .set_password(user, new, network, &mut admission, now)
            .await;
        let has_failed = user.as_ref().is_err_and(Error::is_ours);
        if let Some(admission) = admission {
            admission.settle(has_failed);
        }
        let user = user?;
        self.tell_of_password(&user, notice, Vec::new());
        Ok(user)
    }

    /// Hashes a new password and sets it, with another epoch. Admits the request, if it is not
    /// admitted yet.
    async fn set_password(
        &self,
        mut user: User,
        new: PresentedPassword,
        network: Network,
        admission: &mut Option<Admission>,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let admission = match admission {
            Some(admission) => admission,
            None => admission
                .insert(self.admit(ChargedCaller::at(network).acting_for(user.id), network)?),
        };
        let name = user.name.as_ref();
        let rules = (&self.policy, &user.email, name);
        let verifier = admission.place.judge_and_hash(new, rules).await??;

        let epoch = Epoch::fresh(&self.entropy)?;
        let password = Credential::password(user.id, verifier, now, &self.entropy)?;
        let account = Account::own(AccountKind::Credentials, user.id, now, &self.entropy)?;
        let is_set =
            self.store
                .set_password_if(user.session_epoch, epoch, &password, &account, now);
        if !is_set.await? {
            return Err(Error::Ended);
        }
        user.session_epoch = epoch;
        user.updated_at = now;
        Ok(user)
    }

    /// Deletes the person with everything that is theirs.
    pub async fn delete(&self, asker: Requester<'_>, now: DateTime<Utc>) -> Result<(), Error> {
        let user = self.authorise(asker, now).await?;
        if self
            .store
            .delete_user_if(user.id, user.session_epoch)
            .await?
        {
            Ok(())
        } else {
            Err(Error::Ended)
        }
    }

    /// What an opened link says.
    async fn open<T: SealedPurpose>(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<T>, Error> {
        let opened = self.tokens.unseal(token, now).await;
        Ok(opened.map_err(LinkRejection::Token)?)
    }

    /// The client of a link or a session, as what asks for a mail.
    fn asked(&self, client_id: &str, locale: Locale) -> Result<MailContext<'_>, Error> {
        Ok(MailContext {
            client: self.tokens.clients().choose(Some(client_id))?,
            locale,
            request: None,
        })
    }

    /// Tells somebody what was done, where there is mail: a few times an hour, whoever does it.
    fn tell(&self, to: &EmailAddress, locale: Locale, says: MailKind) {
        if self.mailer.check().is_ok() && self.limits.may_tell(says.name(), to) {
            self.mailer.send(Message {
                to: to.clone(),
                locale,
                kind: says,
            });
        }
    }
}
