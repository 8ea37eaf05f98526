//! Administration of users, by an admin over HTTP or by the operator on the command line.
//!
//! An admin needs the admin role in the token and in the user's row, and a recent login, with a second factor if the admin
//! has one. Every act is written to the audit log.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    admission,
    audit::{AuditAction, COMMAND_LINE, audit},
    backchannel_logout::BackchannelLogout,
    client::Acr,
    entropy::Entropy,
    identity::{Account, EmailAddress, EnrolledFactors, Epoch, PersonName, Role, User, UserId},
    internal::{InternalError, convert_faults},
    limits::{ChargedCaller, Limits, RateLimited},
    network::Network,
    password::{Hasher, PasswordPolicy, PresentedPassword, QueuePlace, WeakPassword},
    store::{self, CreateOutcome, NewUser, Store, UserFilter, UserWithPassword},
    token::Access,
};

/// Why an act of an admin was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended: its user is deleted, disabled, or has another epoch.
    #[error("ended")]
    Ended,
    /// The token or the user's row does not have the admin role.
    #[error("not an admin")]
    NotAdmin,
    /// The login is not recent or not strong enough.
    #[error("login not recent")]
    NotRecent {
        /// The maximum age of the login.
        within: TimeDelta,
        /// The least strength of the login.
        acr: Acr,
        /// The admin has no factor with which a login reaches that strength.
        lacks_factor: bool,
    },
    /// Admins cannot disable, demote or delete their own account.
    #[error("own record")]
    OwnRecord,
    /// No user has the ID.
    #[error("no such user")]
    NoSuchUser,
    /// A user with the email already exists.
    #[error("address taken")]
    Taken,
    /// A rate limit is reached.
    #[error("rate limited")]
    Limited(RateLimited),
    /// The password is too weak.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(limited Error);

impl Error {
    /// Returns whether the service is at fault. Then rate limits are given back.
    fn is_internal(&self) -> bool {
        matches!(self, Self::Internal(_))
    }
}

/// Proof that the caller may administer users: an admin, admitted by [`AdminService::admit`], or the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(Option<UserId>);

impl Admin {
    /// The operator, who runs the command line.
    pub const OPERATOR: Self = Self(None);

    /// The name in the audit log.
    fn name(self) -> String {
        self.0
            .map_or_else(|| COMMAND_LINE.to_owned(), |id| id.to_string())
    }
}

/// The details of a new user.
#[derive(Debug)]
pub struct UserDetails {
    /// The email.
    pub email: EmailAddress,
    /// Set if the email counts as verified.
    pub is_verified: bool,
    /// The name.
    pub name: Option<PersonName>,
    /// The role.
    pub role: Role,
    /// The first password.
    pub password: PresentedPassword,
}

/// A user, as admins see them.
#[derive(Debug)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// The second factors.
    pub factors: EnrolledFactors,
    /// The login methods.
    pub accounts: Vec<Account>,
}

/// Administers users.
#[derive(Debug, Clone)]
pub struct AdminService {
    /// The user store.
    pub store: Store,
    /// The password hasher.
    pub hasher: Hasher,
    /// The limits of password hashing by admins. The command line has no limits.
    pub limits: Limits,
    /// The policy of new passwords.
    pub policy: PasswordPolicy,
    /// The source of IDs and epochs.
    pub entropy: Entropy,
    /// The age up to which a login counts as recent.
    pub recent: TimeDelta,
    /// The least strength of the login of an admin. An admin who has a second factor needs it in any case.
    pub require_acr: Acr,
    /// Notifies clients when all sessions of a user end. Absent if the caller does so.
    pub backchannel_logout: Option<BackchannelLogout>,
}

impl AdminService {
    /// Admits an admin. The token is checked first, which needs no database, then the user's row.
    ///
    /// # Errors
    /// The session has ended, is not an admin's, not recent or not strong enough, or the service fails.
    pub async fn admit(&self, session: &Access, now: DateTime<Utc>) -> Result<Admin, Error> {
        if !session.roles.iter().any(Role::is_admin) {
            return Err(Error::NotAdmin);
        }
        let found = self.store.user_and_password(session.sub).await?;
        let UserWithPassword { user, factors, .. } = found
            .filter(|found| found.user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)?;
        if !user.role.is_admin() {
            return Err(Error::NotAdmin);
        }
        let acr = self.require_acr.max(admission::required_acr(factors));
        if session.acr < acr || !session.is_recent(self.recent, now) {
            return Err(Error::NotRecent {
                within: self.recent,
                acr,
                lacks_factor: session.acr < acr && !admission::can_reach(acr, factors),
            });
        }
        Ok(Admin(Some(user.id)))
    }

    /// Returns at most `limit` users after the ID `after` that match the filter.
    pub async fn list(
        &self,
        _: Admin,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, Error> {
        Ok(self.store.users_matching(filter, after, limit).await?)
    }

    /// Returns a user, their login methods and second factors.
    pub async fn show(&self, _: Admin, id: UserId) -> Result<UserRecord, Error> {
        let found = self.store.user_and_password(id).await?;
        let UserWithPassword { user, factors, .. } = found.ok_or(Error::NoSuchUser)?;
        let mut accounts = self.store.accounts_of(id).await?;
        accounts.retain(|account| account.kind.is_login_method());
        Ok(UserRecord {
            user,
            factors,
            accounts,
        })
    }

    /// Creates a user with a password.
    pub async fn create(
        &self,
        admin: Admin,
        new: UserDetails,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let caller = ChargedCaller::at(network);
        let caller = admin.0.map_or(caller, |id| caller.acting_for(id));
        let (place, receipt) =
            admission::admit_password::<Error>(&self.limits, &self.hasher, caller).await?;
        let created = self.create_admitted(admin, new, place, now).await;
        receipt
            .settle(created.as_ref().is_err_and(Error::is_internal))
            .await;
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

    /// Disables or enables a user. Both end every session of the user, and enabling revives none.
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
        let setting = self.store.set_active(id, is_active, epoch, now);
        self.end_sessions(id, setting).await?;
        let act = if is_active {
            AuditAction::UserEnable
        } else {
            AuditAction::UserDisable
        };
        audit!(act, Done, user.id = %id, by = admin.name());
        Ok(())
    }

    /// Sets the role of a user. Tokens contain it from the next refresh.
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
        let replacing = self.store.replace_epoch(id, epoch, now);
        self.end_sessions(id, replacing).await?;
        audit!(AuditAction::LogoutEverywhere, Done, user.id = %id, by = admin.name());
        Ok(())
    }

    /// Ends every session of all users, as after restoring a backup. Returns the number of users.
    pub async fn log_out_everybody(&self, admin: Admin, now: DateTime<Utc>) -> Result<u64, Error> {
        let epoch = Epoch::fresh(&self.entropy)?;
        let users = self.store.replace_every_epoch(epoch, now).await?;
        audit!(AuditAction::LogoutEverybody, Done, users, by = admin.name());
        Ok(users)
    }

    /// Removes all second factors of a user and ends every session. Returns the user, whom the caller notifies.
    pub async fn reset_factors(
        &self,
        admin: Admin,
        id: UserId,
        now: DateTime<Utc>,
    ) -> Result<User, Error> {
        let user = self.store.user(id).await?.ok_or(Error::NoSuchUser)?;
        let epoch = Epoch::fresh(&self.entropy)?;
        let resetting = self.store.reset_factors(id, epoch, now);
        self.end_sessions(id, resetting).await?;
        audit!(AuditAction::FactorsReset, Done, user.id = %id, by = admin.name());
        Ok(user)
    }

    /// Deletes a user and all their data.
    pub async fn delete(&self, admin: Admin, id: UserId) -> Result<(), Error> {
        refuse_own_account(admin, id)?;
        let deleting = self.store.delete_user(id);
        self.end_sessions(id, deleting).await?;
        audit!(AuditAction::UserDelete, Done, user.id = %id, by = admin.name());
        Ok(())
    }

    /// Runs a write that ends every session of a user, and notifies the clients.
    async fn end_sessions(
        &self,
        id: UserId,
        write: impl Future<Output = Result<bool, store::Error>>,
    ) -> Result<(), Error> {
        found(match &self.backchannel_logout {
            Some(clients) => clients.notify_after(id, write, |ended| *ended).await?,
            None => write.await?,
        })
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
