//! The table `users`: creating and finding users.

use chrono::{DateTime, Utc};

use super::{
    Error, Store,
    accounts::{self, with_account},
    credentials::{self, with_credential},
    operation::TransactionEnd,
    read, simulated, transaction,
};
use crate::{
    entropy::{Entropy, EntropyError},
    identity::{
        Account, AccountKind, Credential, EmailAddress, EnrolledFactors, External, StoredVerifier,
        User, UserAtLogin, UserId,
    },
};

/// The columns by name, because a column that a later release adds must not disturb nodes of this release.
macro_rules! columns {
    () => {
        "users.id, users.name, users.email, users.email_verified, users.image, users.role, \
         users.is_active, users.session_epoch, users.link_epoch, users.created_at, users.updated_at"
    };
}

macro_rules! select {
    ($which:literal) => {
        concat!("SELECT ", columns!(), " FROM users ", $which)
    };
}

/// The columns of [`EnrolledFactors`]. The argument is the pattern of usable passkeys.
macro_rules! factors {
    ($passkeys:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM credentials factors \
         WHERE factors.user_id = users.id AND factors.type = 'totp') AS has_totp, \
         EXISTS (SELECT 1 FROM credentials factors \
         WHERE factors.user_id = users.id AND factors.type = 'passkey' AND factors.verifier LIKE ",
            $passkeys,
            " ESCAPE '\\') AS has_passkey, \
         EXISTS (SELECT 1 FROM credentials factors \
         WHERE factors.user_id = users.id AND factors.type = 'recovery_codes' AND factors.verifier <> '[]') \
         AS has_recovery_codes"
        )
    };
}

macro_rules! select_with_password {
    ($which:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", ",
            factors!("$2"),
            ", credentials.verifier FROM users LEFT JOIN credentials \
             ON credentials.user_id = users.id AND credentials.type = 'password' ",
            $which
        )
    };
}

// These modules use the macro above, so they come after it.
pub(super) mod change;
pub(super) mod email;
pub(super) mod filter;
pub(super) mod links;

pub(super) const INSERT: &str = "\
    INSERT INTO users (id, name, email, email_verified, image, role, is_active, \
                       session_epoch, link_epoch, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
    ON CONFLICT DO NOTHING";

pub(super) const BY_ID: &str = select!("WHERE id = $1");

pub(super) const BY_EMAIL: &str = select!("WHERE email = $1");

pub(super) const BY_EMAIL_WITH_PASSWORD: &str = select_with_password!("WHERE users.email = $1");

pub(super) const BY_ID_WITH_PASSWORD: &str = select_with_password!("WHERE users.id = $1");

pub(super) const BY_ID_WITH_FACTORS: &str = concat!(
    "SELECT ",
    columns!(),
    ", totp.verifier AS totp, totp.created_at AS totp_created_at, \
     recovery.verifier AS recovery_codes, recovery.created_at AS recovery_codes_created_at FROM users \
     LEFT JOIN credentials totp ON totp.user_id = users.id AND totp.type = 'totp' \
     LEFT JOIN credentials recovery ON recovery.user_id = users.id AND recovery.type = 'recovery_codes' \
     WHERE users.id = $1"
);

/// One row for each passkey, and one row for a user without any.
pub(super) const BY_ID_WITH_PASSKEYS: &str = concat!(
    "SELECT ",
    columns!(),
    ", passkeys.id AS passkey_id, passkeys.verifier AS passkey_verifier, \
     passkeys.created_at AS passkey_created_at, passkeys.updated_at AS passkey_updated_at \
     FROM users LEFT JOIN credentials passkeys \
     ON passkeys.user_id = users.id AND passkeys.type = 'passkey' \
     WHERE users.id = $1 ORDER BY passkeys.id"
);

pub(super) const BY_ACCOUNT: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    factors!("$3"),
    " FROM users JOIN accounts ON accounts.user_id = users.id \
     WHERE accounts.provider = $1 AND accounts.provider_account_id = $2"
);

pub(super) const PAGE: &str = select!("WHERE id > $1 ORDER BY id LIMIT $2");

/// A user to be stored, with accounts and password.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The user.
    pub user: User,
    /// The login methods.
    pub accounts: Vec<Account>,
    /// The password, if the user has one.
    pub password: Option<Credential>,
}

impl NewUser {
    /// Creates a user who logs in with a password and, if the email is verified, with mailed links.
    ///
    /// # Errors
    /// The random source fails.
    pub fn with_password(
        user: User,
        verifier: StoredVerifier,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        let account = Account::own(AccountKind::Credentials, user.id, now, entropy)?;
        let password = Credential::password(user.id, verifier, now, entropy)?;
        Self::with_login_account(account, user, Some(password), now, entropy)
    }

    /// Creates a user who logs in with a provider account and, if the email is verified, with mailed links.
    ///
    /// # Errors
    /// The random source fails.
    pub fn with_external(
        user: User,
        external: &External,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        let account = Account::external(external, user.id, now, entropy)?;
        Self::with_login_account(account, user, None, now, entropy)
    }

    fn with_login_account(
        account: Account,
        user: User,
        password: Option<Credential>,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        let by_email = user.email_verified.map(|_| AccountKind::Email);
        let by_email = by_email.map(|kind| Account::own(kind, user.id, now, entropy));
        Ok(Self {
            accounts: [account].into_iter().chain(by_email.transpose()?).collect(),
            password,
            user,
        })
    }
}

/// The result of storing a [`NewUser`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateOutcome {
    /// The user, the accounts and the password were stored.
    Created,
    /// Nothing was stored: the email, the ID or one of the accounts belongs to a user already.
    Taken,
}

/// A user, the second factors, and the verifier of the password if the user has one.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UserWithPassword {
    /// The user.
    #[sqlx(flatten)]
    pub user: User,
    /// The second factors.
    #[sqlx(flatten)]
    pub factors: EnrolledFactors,
    /// The verifier of the password.
    pub verifier: Option<StoredVerifier>,
}

impl Store {
    /// Stores a user, the accounts and the password, or nothing. Unique indices decide between concurrent
    /// calls.
    ///
    /// # Errors
    /// The database fails, and nothing is stored.
    pub async fn create_user(&self, new: &NewUser) -> Result<CreateOutcome, Error> {
        simulated!(self, transaction, |tables| tables.create_user(new));
        let NewUser {
            user,
            accounts,
            password,
        } = new;
        transaction!(self, |db| {
            let inserted = sqlx::query(INSERT)
                .bind(user.id)
                .bind(&user.name)
                .bind(&user.email)
                .bind(user.email_verified)
                .bind(&user.image)
                .bind(&user.role)
                .bind(user.is_active)
                .bind(user.session_epoch)
                .bind(user.link_epoch)
                .bind(user.created_at)
                .bind(user.updated_at)
                .execute(&mut *db)
                .await?;
            if inserted.rows_affected() == 0 {
                return Ok(TransactionEnd::Rollback(CreateOutcome::Taken));
            }
            for account in accounts {
                let inserted = with_account!(accounts::INSERT, account)
                    .execute(&mut *db)
                    .await?;
                if inserted.rows_affected() == 0 {
                    return Ok(TransactionEnd::Rollback(CreateOutcome::Taken));
                }
            }
            if let Some(password) = password {
                with_credential!(credentials::INSERT, password)
                    .execute(&mut *db)
                    .await?;
            }
            Ok(TransactionEnd::Commit(CreateOutcome::Created))
        })
    }

    /// Returns the user with that ID. Every refresh reads this row, by primary key.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, Error> {
        simulated!(self, read, |tables| tables.user(id));
        read!(self, |db| sqlx::query_as(BY_ID)
            .bind(id)
            .fetch_optional(db)
            .await)
    }

    /// Returns the user of a provider account, with the second factors. A repeated login with a provider reads nothing else.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user_by_account(
        &self,
        provider: &str,
        provider_account_id: &str,
    ) -> Result<Option<UserAtLogin>, Error> {
        simulated!(self, read, |tables| tables.user_by_account(
            (provider, provider_account_id),
            self.usable_passkeys()
        ));
        read!(self, |db| sqlx::query_as(BY_ACCOUNT)
            .bind(provider)
            .bind(provider_account_id)
            .bind(self.usable_passkeys())
            .fetch_optional(db)
            .await)
    }

    /// Returns the user with that email.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, Error> {
        simulated!(self, read, |tables| tables.user_by_email(email));
        read!(self, |db| sqlx::query_as(BY_EMAIL)
            .bind(email)
            .fetch_optional(db)
            .await)
    }

    /// Returns the user with that email and the verifier of the password. A login reads nothing else.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user_with_password(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<UserWithPassword>, Error> {
        simulated!(self, read, |tables| tables
            .user_with_password(email, self.usable_passkeys()));
        read!(self, |db| sqlx::query_as(BY_EMAIL_WITH_PASSWORD)
            .bind(email)
            .bind(self.usable_passkeys())
            .fetch_optional(db)
            .await)
    }

    /// Checks that the read of a login succeeds, with an email that no user can have.
    ///
    /// # Errors
    /// The database fails.
    pub async fn can_log_in(&self) -> Result<(), Error> {
        simulated!(self, read, |_tables| ());
        read!(self, |db| sqlx::query(BY_EMAIL_WITH_PASSWORD)
            .bind("")
            .bind(self.usable_passkeys())
            .fetch_optional(db)
            .await
            .map(drop))
    }

    /// Returns the user with that ID and the verifier of the password.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user_and_password(&self, id: UserId) -> Result<Option<UserWithPassword>, Error> {
        simulated!(self, read, |tables| tables
            .user_and_password(id, self.usable_passkeys()));
        read!(self, |db| sqlx::query_as(BY_ID_WITH_PASSWORD)
            .bind(id)
            .bind(self.usable_passkeys())
            .fetch_optional(db)
            .await)
    }

    /// Returns at most `limit` users after that ID, the earliest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, Error> {
        simulated!(self, read, |tables| tables.users_matching(
            &filter::UserFilter::default(),
            after,
            limit
        ));
        read!(self, |db| sqlx::query_as(PAGE)
            .bind(after.unwrap_or(UserId::BEFORE_ALL))
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)
    }
}
