//! The table `users`: changing and deleting users.

use chrono::{DateTime, Utc};

use crate::{
    identity::{Account, Credential, Epoch, ImageUrl, PersonName, Role, User, UserId},
    json::Patch,
    store::{
        Error, Store,
        accounts::{self, with_account},
        change_one, change_row,
        credentials::{self, with_credential},
        epoch::{REPLACE_EPOCH_IF, if_epoch_is, replaced_epoch},
        operation::{TransactionEnd, change},
        simulated, transaction,
    },
};

/// Sets the password and adds the missing accounts, in a transaction.
macro_rules! set_password {
    ($db:expr, $password:expr, $accounts:expr) => {
        with_credential!(credentials::SET_PASSWORD, $password)
            .execute(&mut *$db)
            .await?;
        for account in $accounts {
            with_account!(accounts::INSERT, account)
                .execute(&mut *$db)
                .await?;
        }
    };
}
pub(in crate::store) use set_password;

pub(in crate::store) const SET_ACTIVE: &str = "\
    UPDATE users SET is_active = $2, session_epoch = $3, updated_at = $4 WHERE id = $1";

pub(in crate::store) const REPLACE_EPOCH: &str = "\
    UPDATE users SET session_epoch = $2, updated_at = $3 WHERE id = $1";

pub(in crate::store) const REPLACE_EVERY_EPOCH: &str =
    "UPDATE users SET session_epoch = $1, updated_at = $2";

pub(in crate::store) const EDIT_IF: &str = concat!(
    "UPDATE users SET name = CASE WHEN $3 THEN $4 ELSE name END, \
     image = CASE WHEN $5 THEN $6 ELSE image END, updated_at = $7",
    if_epoch_is!(),
    " RETURNING ",
    columns!()
);

pub(in crate::store) const SET_ROLE: &str = "\
    UPDATE users SET role = $2, updated_at = $3 WHERE id = $1";

pub(in crate::store) const DELETE: &str = "DELETE FROM users WHERE id = $1";

pub(in crate::store) const DELETE_IF: &str = concat!("DELETE FROM users", if_epoch_is!());

/// The changes that users make to their own profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileEdit {
    /// The name.
    pub name: Patch<PersonName>,
    /// A picture.
    pub image: Patch<ImageUrl>,
}

impl Store {
    /// Disables or enables a user. The new epoch ends every session in both cases, so enabling revives none.
    /// Returns whether the user exists.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_active(
        &self,
        id: UserId,
        is_active: bool,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables
            .set_active(id, is_active, epoch, now));
        change_one!(self, SET_ACTIVE, id, is_active, epoch, now)
    }

    /// Ends every session of a user. Returns whether the user exists.
    ///
    /// # Errors
    /// The database fails.
    pub async fn replace_epoch(
        &self,
        id: UserId,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables.replace_epoch(id, epoch, now));
        change_one!(self, REPLACE_EPOCH, id, epoch, now)
    }

    /// Ends every session of every user, which is advisable after a backup was restored. Returns the number of
    /// users.
    ///
    /// # Errors
    /// The database fails.
    pub async fn replace_every_epoch(
        &self,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        simulated!(self, change, |tables| tables
            .replace_every_epoch(epoch, now));
        change!(self, sqlx::query(REPLACE_EVERY_EPOCH).bind(epoch).bind(now))
    }

    /// Ends every session of an active user whose epoch is still `old`. Returns whether the epoch was replaced.
    ///
    /// # Errors
    /// The database fails.
    pub async fn replace_epoch_if(
        &self,
        id: UserId,
        old: Epoch,
        new: Epoch,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables
            .replace_epoch_if(id, old, new, now));
        change_one!(self, REPLACE_EPOCH_IF, id, old, new, now)
    }

    /// Changes the profile of an active user who still has this epoch. Returns the changed row, or `None` if
    /// there is no such user.
    ///
    /// # Errors
    /// The database fails.
    pub async fn edit_user_if(
        &self,
        id: UserId,
        epoch: Epoch,
        edit: &ProfileEdit,
        now: DateTime<Utc>,
    ) -> Result<Option<User>, Error> {
        simulated!(self, change, |tables| tables
            .edit_user_if(id, epoch, edit, now));
        let ((sets_name, name), (sets_image, image)) = (edit.name.change(), edit.image.change());
        change_row!(
            self,
            sqlx::query_as(EDIT_IF)
                .bind(id)
                .bind(epoch)
                .bind(sets_name)
                .bind(name)
                .bind(sets_image)
                .bind(image)
                .bind(now)
        )
    }

    /// Sets the password of an active user whose epoch is still `old`, adds the account for it and sets the
    /// epoch `new`. Returns whether all were done; otherwise nothing has changed.
    ///
    /// # Errors
    /// The database fails, and nothing has changed.
    pub async fn set_password_if(
        &self,
        old: Epoch,
        new: Epoch,
        password: &Credential,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, transaction, |tables| tables.set_password_if(
            (old, new),
            password,
            account,
            now
        ));
        transaction!(self, |db| {
            if !replaced_epoch!(db, password.user_id, old, new, now) {
                return Ok(TransactionEnd::Rollback(false));
            }
            set_password!(db, password, [account]);
            Ok(TransactionEnd::Commit(true))
        })
    }

    /// Sets the role of a user. Returns whether the user exists.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_role(
        &self,
        id: UserId,
        role: &Role,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables.set_role(id, role, now));
        change_one!(self, SET_ROLE, id, role, now)
    }

    /// Deletes a user with all accounts and credentials. Returns whether the user existed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_user(&self, id: UserId) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables.delete_user(id));
        change_one!(self, DELETE, id)
    }

    /// Deletes an active user who still has this epoch. Returns whether the user was deleted.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_user_if(&self, id: UserId, epoch: Epoch) -> Result<bool, Error> {
        simulated!(self, change, |tables| tables.delete_user_if(id, epoch));
        change_one!(self, DELETE_IF, id, epoch)
    }
}
