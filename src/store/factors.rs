//! The second factors in the table `credentials`.

mod rows;

use chrono::{DateTime, Utc};

use self::rows::FactorsRow;
pub use self::rows::{StoredFactor, TotpRow, UserWithFactors};
use super::{
    Error, Store, credentials::with_credential, epoch::replaced_epoch, operation::TransactionEnd,
    read, simulated, transaction, users::BY_ID_WITH_FACTORS,
};
use crate::identity::{Credential, Epoch, UserId};

/// Inserts the first authenticator app of a user.
pub(super) const ADD_TOTP: &str = "\
    INSERT INTO credentials (id, user_id, type, verifier, created_at, updated_at) \
    SELECT $1, users.id, $3, $4, $5, $5 FROM users WHERE users.id = $2 \
    AND NOT EXISTS (SELECT 1 FROM credentials known WHERE known.user_id = users.id AND known.type = 'totp')";

/// Inserts the recovery codes of a user who has another factor.
pub(super) const ADD_RECOVERY_CODES: &str = "\
    INSERT INTO credentials (id, user_id, type, verifier, created_at, updated_at) \
    SELECT $1, users.id, $3, $4, $5, $5 FROM users WHERE users.id = $2 \
    AND EXISTS (SELECT 1 FROM credentials known \
                WHERE known.user_id = users.id AND known.type IN ('totp', 'passkey'))";

pub(super) const DELETE_TOTP: &str = "DELETE FROM credentials WHERE user_id = $1 AND type = 'totp'";

pub(super) const DELETE_RECOVERY_CODES: &str =
    "DELETE FROM credentials WHERE user_id = $1 AND type = 'recovery_codes'";

/// Deletes the recovery codes of a user who has no other factor any more.
pub(super) const DELETE_LAST_RECOVERY_CODES: &str = "\
    DELETE FROM credentials WHERE user_id = $1 AND type = 'recovery_codes' \
    AND NOT EXISTS (SELECT 1 FROM credentials known \
                    WHERE known.user_id = $1 AND known.type IN ('totp', 'passkey'))";

/// Removes the recovery codes of a user who has no other factor.
macro_rules! remove_last_recovery_codes {
    ($db:expr, $user_id:expr) => {
        sqlx::query(crate::store::factors::DELETE_LAST_RECOVERY_CODES)
            .bind($user_id)
            .execute(&mut *$db)
            .await?
    };
}
pub(super) use remove_last_recovery_codes;

pub(super) const DELETE_FACTORS: &str =
    "DELETE FROM credentials WHERE user_id = $1 AND type <> 'password'";

pub(super) const TOTP_PAGE: &str = "\
    SELECT user_id, verifier FROM credentials WHERE type = 'totp' AND user_id > $1 \
    ORDER BY user_id LIMIT $2";

/// The result of adding a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorChange {
    /// The change was made.
    Done,
    /// The factors of the user do not allow the change: the user has an authenticator app already, has none to remove,
    /// or has no factor beside which recovery codes would be useful.
    Refused,
    /// The user is gone, disabled, or has another epoch.
    Ended,
}

impl Store {
    /// Returns the user with that ID and the second factors.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user_and_factors(&self, id: UserId) -> Result<Option<UserWithFactors>, Error> {
        simulated!(self, read, |tables| tables.user_and_factors(id));
        let found = read!(self, |db| sqlx::query_as::<_, FactorsRow>(
            BY_ID_WITH_FACTORS
        )
        .bind(id)
        .fetch_optional(db)
        .await);
        Ok(found?.map(UserWithFactors::from))
    }

    /// Adds an authenticator app to an active user whose epoch is still `old`, and sets the epoch `new`. Recovery codes
    /// that were left without a factor are removed: they may be those of someone else.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn add_totp_if(
        &self,
        (old, new): (Epoch, Epoch),
        totp: &Credential,
        now: DateTime<Utc>,
    ) -> Result<FactorChange, Error> {
        simulated!(self, transaction, |tables| tables.add_totp_if(
            (old, new),
            totp,
            now
        ));
        transaction!(self, |db| {
            if !replaced_epoch!(db, totp.user_id, old, new, now) {
                return Ok(TransactionEnd::Rollback(FactorChange::Ended));
            }
            remove_last_recovery_codes!(db, totp.user_id);
            let added = with_credential!(ADD_TOTP, totp).execute(&mut *db).await?;
            Ok(if added.rows_affected() == 1 {
                TransactionEnd::Commit(FactorChange::Done)
            } else {
                TransactionEnd::Rollback(FactorChange::Refused)
            })
        })
    }

    /// Removes the authenticator app of an active user whose epoch is still `old`, and the recovery codes if no other
    /// factor is left, and sets the epoch `new`.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn remove_totp_if(
        &self,
        user_id: UserId,
        (old, new): (Epoch, Epoch),
        now: DateTime<Utc>,
    ) -> Result<FactorChange, Error> {
        simulated!(self, transaction, |tables| Ok(tables.remove_totp_if(
            user_id,
            (old, new),
            now
        )));
        transaction!(self, |db| {
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(TransactionEnd::Rollback(FactorChange::Ended));
            }
            let removed = sqlx::query(DELETE_TOTP)
                .bind(user_id)
                .execute(&mut *db)
                .await?;
            if removed.rows_affected() == 0 {
                return Ok(TransactionEnd::Rollback(FactorChange::Refused));
            }
            remove_last_recovery_codes!(db, user_id);
            Ok(TransactionEnd::Commit(FactorChange::Done))
        })
    }

    /// Replaces the recovery codes of an active user who has this epoch and another factor. The epoch stays.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn set_recovery_codes_if(
        &self,
        epoch: Epoch,
        codes: &Credential,
        now: DateTime<Utc>,
    ) -> Result<FactorChange, Error> {
        simulated!(self, transaction, |tables| tables
            .set_recovery_codes_if(epoch, codes, now));
        transaction!(self, |db| {
            if !replaced_epoch!(db, codes.user_id, epoch, epoch, now) {
                return Ok(TransactionEnd::Rollback(FactorChange::Ended));
            }
            sqlx::query(DELETE_RECOVERY_CODES)
                .bind(codes.user_id)
                .execute(&mut *db)
                .await?;
            let added = with_credential!(ADD_RECOVERY_CODES, codes)
                .execute(&mut *db)
                .await?;
            Ok(if added.rows_affected() == 1 {
                TransactionEnd::Commit(FactorChange::Done)
            } else {
                TransactionEnd::Rollback(FactorChange::Refused)
            })
        })
    }

    /// Removes all second factors of a user and ends every session. Returns whether the user exists.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn reset_factors(
        &self,
        user_id: UserId,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables
            .reset_factors(user_id, epoch, now));
        transaction!(self, |db| {
            let replaced = sqlx::query(super::users::change::REPLACE_EPOCH)
                .bind(user_id)
                .bind(epoch)
                .bind(now)
                .execute(&mut *db)
                .await?;
            if replaced.rows_affected() == 0 {
                return Ok(TransactionEnd::Rollback(false));
            }
            sqlx::query(DELETE_FACTORS)
                .bind(user_id)
                .execute(&mut *db)
                .await?;
            Ok(TransactionEnd::Commit(true))
        })
    }

    /// Returns at most `limit` authenticator apps of the users after that ID.
    ///
    /// # Errors
    /// The database fails.
    pub async fn totp_rows(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<TotpRow>, Error> {
        read!(self, |db| sqlx::query_as(TOTP_PAGE)
            .bind(after.unwrap_or(UserId::BEFORE_ALL))
            .bind(i64::from(limit))
            .fetch_all(db)
            .await)
    }
}
