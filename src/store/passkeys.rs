//! Passkeys in the table `credentials`.

use chrono::{DateTime, Utc};

use super::{
    Error, LikePattern, Store, change_one,
    credentials::{self, with_credential},
    epoch::replaced_epoch,
    factors::remove_last_recovery_codes,
    operation::TransactionEnd,
    read, simulated, transaction,
    users::BY_ID_WITH_PASSKEYS,
};
use crate::{
    identity::{Credential, CredentialId, Epoch, StoredVerifier, User, UserId},
    passkey::StoredPasskey,
};

pub(super) const DELETE: &str =
    "DELETE FROM credentials WHERE id = $1 AND user_id = $2 AND type = 'passkey'";

/// Deletes the passkeys of a user without an authenticator app that were added since `$2`.
pub(super) const DELETE_SINCE: &str = "\
    DELETE FROM credentials WHERE user_id = $1 AND type = 'passkey' AND created_at >= $2 \
    AND NOT EXISTS (SELECT 1 FROM credentials app \
                    WHERE app.user_id = $1 AND app.type = 'totp' AND app.created_at < $2)";

/// Removes the passkeys that the thief of a session may have added, and the recovery codes without another factor.
/// Returns the number of passkeys.
macro_rules! remove_passkeys_since {
    ($db:expr, $user_id:expr, $since:expr) => {{
        let removed = sqlx::query(crate::store::passkeys::DELETE_SINCE)
            .bind($user_id)
            .bind($since)
            .execute(&mut *$db)
            .await?;
        crate::store::factors::remove_last_recovery_codes!($db, $user_id);
        removed.rows_affected()
    }};
}
pub(super) use remove_passkeys_since;

pub(super) const REPLACE: &str = "\
    UPDATE credentials SET verifier = $4, updated_at = $5 \
    WHERE id = $1 AND user_id = $2 AND type = 'passkey' AND verifier = $3";

/// A stored passkey of a user.
#[derive(Debug, Clone)]
pub struct PasskeyRow {
    /// The id of the row.
    pub id: CredentialId,
    /// The passkey as versioned JSON.
    pub verifier: StoredVerifier,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
    /// The time of the last change by the user.
    pub updated_at: DateTime<Utc>,
}

/// A user and the passkeys, the oldest first.
#[derive(Debug, Clone)]
pub struct UserWithPasskeys {
    /// The user.
    pub user: User,
    /// The passkeys.
    pub passkeys: Vec<PasskeyRow>,
}

/// A row of the user, with one of the passkeys or without any.
#[derive(sqlx::FromRow)]
struct JoinedRow {
    #[sqlx(flatten)]
    user: User,
    passkey_id: Option<CredentialId>,
    passkey_verifier: Option<StoredVerifier>,
    passkey_created_at: Option<DateTime<Utc>>,
    passkey_updated_at: Option<DateTime<Utc>>,
}

impl JoinedRow {
    fn passkey(self) -> Option<PasskeyRow> {
        Some(PasskeyRow {
            id: self.passkey_id?,
            verifier: self.passkey_verifier?,
            created_at: self.passkey_created_at?,
            updated_at: self.passkey_updated_at?,
        })
    }
}

impl Store {
    /// Counts the passkeys of that RP ID as second factors of their users. Without it no passkey counts.
    #[must_use]
    pub fn with_passkeys_of(self, rp_id: Option<&str>) -> Self {
        let passkeys = rp_id.map(|rp_id| LikePattern::with_wildcards(&StoredPasskey::form(rp_id)));
        Self { passkeys, ..self }
    }

    /// Returns the pattern of usable passkeys. NULL matches none.
    pub(super) fn usable_passkeys(&self) -> Option<&str> {
        self.passkeys.as_ref().map(LikePattern::as_str)
    }

    /// Returns the user with that ID and the passkeys. A login with a passkey reads nothing else.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user_with_passkeys(&self, id: UserId) -> Result<Option<UserWithPasskeys>, Error> {
        simulated!(self, read, |tables| tables.user_with_passkeys(id));
        let rows: Vec<JoinedRow> = read!(self, |db| sqlx::query_as(BY_ID_WITH_PASSKEYS)
            .bind(id)
            .fetch_all(db)
            .await)?;
        let user = rows.first().map(|row| row.user.clone());
        let passkeys = rows.into_iter().filter_map(JoinedRow::passkey).collect();
        Ok(user.map(|user| UserWithPasskeys { user, passkeys }))
    }

    /// Adds a passkey to an active user whose epoch is still `old`, and sets the epoch `new`. Recovery codes that were left
    /// without a factor are removed. Returns whether all was done; otherwise nothing has changed.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn add_passkey_if(
        &self,
        old: Epoch,
        new: Epoch,
        passkey: &Credential,
    ) -> Result<bool, Error> {
        simulated!(self, transaction, |tables| tables
            .add_passkey_if((old, new), passkey));
        transaction!(self, |db| {
            if !replaced_epoch!(db, passkey.user_id, old, new, passkey.created_at) {
                return Ok(TransactionEnd::Rollback(false));
            }
            remove_last_recovery_codes!(db, passkey.user_id);
            with_credential!(credentials::INSERT, passkey)
                .execute(&mut *db)
                .await?;
            Ok(TransactionEnd::Commit(true))
        })
    }

    /// Removes a passkey from an active user whose epoch is still `old`, and the recovery codes if it was the last
    /// factor, and sets the epoch `new`. Returns whether all was done; otherwise nothing has changed.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn remove_passkey_if(
        &self,
        user_id: UserId,
        old: Epoch,
        new: Epoch,
        passkey_id: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, transaction, |tables| Ok(tables.remove_passkey_if(
            (user_id, passkey_id),
            (old, new),
            now
        )));
        transaction!(self, |db| {
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(TransactionEnd::Rollback(false));
            }
            let deleted = sqlx::query(DELETE)
                .bind(passkey_id)
                .bind(user_id)
                .execute(&mut *db)
                .await?;
            if deleted.rows_affected() == 0 {
                return Ok(TransactionEnd::Rollback(false));
            }
            remove_last_recovery_codes!(db, user_id);
            Ok(TransactionEnd::Commit(true))
        })
    }

    /// Replaces a passkey of the user by `new`, if the stored one is still that of `row`: one compare-and-swap. Returns
    /// whether the passkey was replaced. `updated_at` is the time of the change, or that of the row for a change that
    /// the user did not make.
    ///
    /// # Errors
    /// The database fails.
    pub async fn replace_passkey(
        &self,
        user_id: UserId,
        row: &PasskeyRow,
        new: &StoredVerifier,
        updated_at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables.replace_passkey(
            (user_id, row.id),
            (&row.verifier, new),
            updated_at
        ));
        change_one!(
            self,
            REPLACE,
            row.id,
            user_id,
            &row.verifier,
            new,
            updated_at
        )
    }
}
