//! Administration: what may be done to other people's records, by an admin over HTTP or by whoever
//! can run the command line.
//!
//! An admin is one by the token, by the row, and by a recent login. Every act is on record.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    entropy::{self, Entropy},
    identity::{Account, EmailAddress, Epoch, PersonName, Role, User, UserId},
    limits::{self, ChargedCaller, LimitedAction, Limits},
    network::Network,
    password::{Hasher, HashingError, PasswordPolicy, PresentedPassword, QueuePlace, WeakPassword},
    store::{self, CreateOutcome, NewUser, Store},
    token::Access,
};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session is over: its user is gone, disabled, or has another epoch by now.
    #[error("ended")]
    Ended,
    /// The session is not an admin's, by its token or by the row.
    #[error("not an admin")]
    NotAdmin,
    /// The login is too long ago.
    #[error("login not recent")]
    NotRecent {
        /// How long ago it may be.
        within: TimeDelta,
    },
    /// Admins do not shut themselves out.
    #[error("own record")]
    OwnRecord,
    /// Nobody has that id.
    #[error("no such user")]
    NoSuchUser,
    /// That address has a user already.
    #[error("address taken")]
    Taken,
    /// A limit is reached.
    #[error("rate limited")]
    Limited(limits::RateLimited),
    /// The password is too weak.
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
}

impl Error {
    /// Whether nothing was done by a fault of the service alone.
    fn is_ours(&self) -> bool {
        matches!(self, Self::Hashing(_) | Self::Store(_) | Self::Entropy(_))
    }
}

impl From<limits::RateLimited> for Error {
    fn from(refused: limits::RateLimited) -> Self {
        Self::Limited(refused)
    }
}

/// Somebody who may do all this. Made by [`AdminService::admit`], or by being the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(Option<UserId>);

impl Admin {
    /// Whoever can run the command line.
    pub const OPERATOR: Self = Self(None);

    /// Who it is, for the record.
    fn name(self) -> String {
        self.0
            .map_or_else(|| COMMAND_LINE.to_owned(), |id| id.to_string())
    }
}

/// A user about to be made.
#[derive(Debug)]
pub struct UserDetails {
    /// The address.
    pub email: EmailAddress,
    /// Whether whoever makes the user vouches for the address.
    pub is_verified: bool,
    /// What to be called.
    pub name: Option<PersonName>,
    /// What the person may do.
    pub role: Role,
    /// The first password.
    pub password: PresentedPassword,
}

/// Acts on other people's records.
#[derive(Debug, Clone)]
pub struct AdminService {
    /// Where they are.
    pub store: Store,
    /// What hashes passwords.
    pub hasher: Hasher,
    /// How often an admin may have one hashed. The command line has no limits.
    pub limits: Limits,
    /// What judges them.
    pub policy: PasswordPolicy,
    /// Where ids and epochs come from.
    pub entropy: Entropy,
    /// How long a login counts as recent.
    pub recent: TimeDelta,
}

impl AdminService {
    /// Admits an admin: by the token first, which costs nothing, then by the row.
    pub async fn admit(&self, session: &Access, now: DateTime<Utc>) -> Result<Admin, Error> {
        if !session.roles.iter().any(Role::is_admin) {
            return Err(Error::NotAdmin);
        }
        let user = self.store.user(session.sub).await?;
        let user = user
            .filter(|user| user.allows_join(session.epoch))
            .ok_or(Error::Ended)?;
        if !user.role.is_admin() {
            return Err(Error::NotAdmin);
        }
        if !session.is_recent(self.recent, now) {
            return Err(Error::NotRecent {
                within: self.recent,
            });
        }
        Ok(Admin(Some(user.id)))
    }

    /// At most `limit` users after that id; where `part` is given, those alone whose address
    /// contains it.
    pub async fn list(
        &self,
        _: Admin,
        part: Option<&str>,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, Error> {
        Ok(match part {
            Some(part) => self.store.users_with_address(part, after, limit).await?,
            None => self.store.users(after, limit).await?,
        })
    }

    /// One user and the ways in.
    pub async fn show(&self, _: Admin, id: UserId) -> Result<(User, Vec<Account>), Error> {
        let user = self.store.user(id).await?.ok_or(Error::NoSuchUser)?;
        Ok((user, self.store.accounts_of(id).await?))
    }

    /// Makes a user with a password.
    pub async fn create(
        &self,
        admin: Admin,
        new: UserDetails,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let caller = ChargedCaller::at(network);
        let caller = admin.0.map_or(caller, |id| caller.acting_for(id));
        let attempt = self.limits.check(LimitedAction::Login, caller)?;
        let place = self.hasher.reserve(network)?;
        let receipt = attempt.charge()?;
        let created = self.create_admitted(admin, new, place, now).await;
        receipt.settle(created.as_ref().is_err_and(Error::is_ours));
        created
    }

    async fn create_admitted(
        &self,
        admin: Admin,
        new: UserDetails,
        place: QueuePlace,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let name = new.name.as_ref();
        let rules = (&self.policy, &new.email, name);
        let verifier = place.judge_and_hash(new.password, rules).await??;
        drop(place);
        let id = UserId::new(now, &self.entropy)?;
        let mut user = User::new(id, new.email, new.name, now, &self.entropy)?;
        user.role = new.role;
        user.email_verified = new.is_verified.then_some(now);
        let new = NewUser::with_password(user, verifier, now, &self.entropy)?;
        match self.store.create_user(&new).await? {
            CreateOutcome::Created => {
                audit!(AuditAction::UserCreate, Done, user.id = %id, role = %new.user.role, by = admin.name());
                Ok(new.user)
            }
            CreateOutcome::Taken => Err(Error::Taken),
        }
    }

    /// Shuts a user out, or lets one in again. Either way every session is ended, and enabling
    /// revives none.
    pub async fn set_active(
        &self,
        admin: Admin,
        id: UserId,
        is_active: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if !is_active {
            refuse_own_account(admin, id)?;
        }
        let epoch = Epoch::fresh(&self.entropy)?;
        found(self.store.set_active(id, is_active, epoch, now).await?)?;
        let act = if is_active {
            AuditAction::UserEnable
        } else {
            AuditAction::UserDisable
        };
        audit!(act, Done, user.id = %id, by = admin.name());
        Ok(())
    }

    /// Changes what a user may do; the next refresh shows it.
    pub async fn set_role(
        &self,
        admin: Admin,
        id: UserId,
        role: &Role,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        refuse_own_account(admin, id)?;
        found(self.store.set_role(id, role, now).await?)?;
        audit!(AuditAction::RoleChange, Done, user.id = %id, %role, by = admin.name());
        Ok(())
    }

    /// Ends every session of a user.
    pub async fn log_out(&self, admin: Admin, id: UserId, now: DateTime<Utc>) -> Result<(), Error> {
        let epoch = Epoch::fresh(&self.entropy)?;
        found(self.store.replace_epoch(id, epoch, now).await?)?;
        audit!(AuditAction::LogoutEverywhere, Done, user.id = %id, by = admin.name());
        Ok(())
    }

    /// Ends every session of everybody, as is wise after restoring a backup. Says how many users
    /// there are.
    pub async fn log_out_everybody(&self, admin: Admin, now: DateTime<Utc>) -> Result<u64, Error> {
        let epoch = Epoch::fresh(&self.entropy)?;
        let users = self.store.replace_every_epoch(epoch, now).await?;
        audit!(AuditAction::LogoutEverybody, Done, users, by = admin.name());
        Ok(users)
    }

    /// Deletes a user with everything that is theirs.
    pub async fn delete(&self, admin: Admin, id: UserId) -> Result<(), Error> {
        refuse_own_account(admin, id)?;
        found(self.store.delete_user(id).await?)?;
        audit!(AuditAction::UserDelete, Done, user.id = %id, by = admin.name());
        Ok(())
    }
}

fn refuse_own_account(admin: Admin, id: UserId) -> Result<(), Error> {
    if admin == Admin(Some(id)) {
        Err(Error::OwnRecord)
    } else {
        Ok(())
    }
}

fn found(is_there: bool) -> Result<(), Error> {
    if is_there {
        Ok(())
    } else {
        Err(Error::NoSuchUser)
    }
}
