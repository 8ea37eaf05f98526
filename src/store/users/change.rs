//! The table `users`: changing and deleting.

use chrono::{DateTime, Utc};

use crate::{
    identity::{Account, Credential, Epoch, ImageUrl, PersonName, Role, User, UserId},
    json::Patch,
    store::{
        Error, Store,
        accounts::{self, with_account},
        change_one, change_row,
        credentials::{self, with_credential},
        epoch::{REPLACE_EPOCH_IF, if_welcome, replaced_epoch},
        operation::{TransactionEnd, change},
        transaction,
    },
};

/// In a transaction: the password, and the accounts that are missing.
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
    if_welcome!(),
    " RETURNING ",
    columns!()
);

pub(in crate::store) const SET_ROLE: &str = "\
    UPDATE users SET role = $2, updated_at = $3 WHERE id = $1";

pub(in crate::store) const DELETE: &str = "DELETE FROM users WHERE id = $1";

pub(in crate::store) const DELETE_IF: &str = concat!("DELETE FROM users", if_welcome!());

/// What a person changes of the own row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileEdit {
    /// What to be called.
    pub name: Patch<PersonName>,
    /// A picture.
    pub image: Patch<ImageUrl>,
}

impl Store {
    /// Disables or enables a user. Either way every token is refused from now on where the row is
    /// read: enabling revives nothing. Says whether there is such a user.
    pub async fn set_active(
        &self,
        id: UserId,
        is_active: bool,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        change_one!(self, SET_ACTIVE, id, is_active, epoch, now)
    }

    /// Ends every session of a user. Says whether there is such a user.
    pub async fn replace_epoch(
        &self,
        id: UserId,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        change_one!(self, REPLACE_EPOCH, id, epoch, now)
    }

    /// Ends every session of everybody, as is wise after restoring a backup. Says how many users
    /// there are.
    pub async fn replace_every_epoch(
        &self,
        epoch: Epoch,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        change!(self, sqlx::query(REPLACE_EVERY_EPOCH).bind(epoch).bind(now))
    }

    /// Ends every session of an active user whose epoch is still `old`. Says whether it was.
    pub async fn replace_epoch_if(
        &self,
        id: UserId,
        old: Epoch,
        new: Epoch,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        change_one!(self, REPLACE_EPOCH_IF, id, old, new, now)
    }

    /// Changes what a person may change of the row of an active user whose epoch is still that one.
    /// Gives the row as it is then.
    pub async fn edit_user_if(
        &self,
        id: UserId,
        epoch: Epoch,
        edit: &ProfileEdit,
        now: DateTime<Utc>,
    ) -> Result<Option<User>, Error> {
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

    /// Gives an active user whose epoch is still `old` a password, the account that goes with it,
    /// and a new epoch; or does nothing. Says whether it did.
    pub async fn set_password_if(
        &self,
        old: Epoch,
        new: Epoch,
        password: &Credential,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        transaction!(self, |db| {
            if !replaced_epoch!(db, password.user_id, old, new, now) {
                return Ok(TransactionEnd::Undo(false));
            }
            set_password!(db, password, [account]);
            Ok(TransactionEnd::Commit(true))
        })
    }

    /// Changes what a user may do. Says whether there is such a user.
    pub async fn set_role(
        &self,
        id: UserId,
        role: &Role,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        change_one!(self, SET_ROLE, id, role, now)
    }

    /// Deletes a user with everything that is the user's. Says whether there was one.
    pub async fn delete_user(&self, id: UserId) -> Result<bool, Error> {
        change_one!(self, DELETE, id)
    }

    /// Deletes an active user whose epoch is still that one. Says whether it was.
    pub async fn delete_user_if(&self, id: UserId, epoch: Epoch) -> Result<bool, Error> {
        change_one!(self, DELETE_IF, id, epoch)
    }
}
