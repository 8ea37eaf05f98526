//! The table `users`: what mailed links change, each once.

use chrono::{DateTime, Utc};

use super::change::{if_welcome, replaced_epoch, set_password};
use crate::{
    identity::{Account, Credential, EmailAddress, Epoch, User, UserId},
    store::{
        Error, Store,
        accounts::{self, with_account},
        change_row,
        credentials::{self, with_credential},
        operation::End,
        transaction,
    },
};

pub(in crate::store) const SPEND_LINK: &str = concat!(
    "UPDATE users SET link_epoch = $4",
    if_welcome!(),
    " AND link_epoch = $3 RETURNING ",
    columns!()
);

pub(in crate::store) const SET_EMAIL: &str = "\
    UPDATE users SET email = $2, email_verified = $3 WHERE id = $1";

pub(in crate::store) const PROVE_EMAIL: &str = "\
    UPDATE users SET email_verified = $2 WHERE id = $1 AND email_verified IS NULL";

/// What became of an address that was to be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readdressed {
    /// It is, and proven.
    Done,
    /// It has a user already.
    Taken,
    /// The user is gone, disabled, or has another epoch.
    Ended,
}

impl Store {
    /// Gives an active user whose epoch is still `old` a password, the accounts that go with it, and a
    /// new epoch, for whoever has just shown to read the mailbox; or does nothing. Says whether it did.
    /// The ways in by other people's servers that are older than the proof of the address go too, and all
    /// of them where there was no proof: they are of somebody who had not shown it.
    pub async fn reset_password_if(
        &self,
        old: Epoch,
        new: Epoch,
        password: &Credential,
        accounts: &[Account],
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        transaction!(self, |db| {
            let user_id = password.user_id;
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(End::Undo(false));
            }
            let proven = sqlx::query(PROVE_EMAIL)
                .bind(user_id)
                .bind(now)
                .execute(&mut *db)
                .await?;
            let older = if proven.rows_affected() == 1 {
                accounts::DELETE_EXTERNAL
            } else {
                accounts::DELETE_OLDER_EXTERNAL
            };
            sqlx::query(older).bind(user_id).execute(&mut *db).await?;
            set_password!(db, password, accounts);
            Ok(End::Commit(true))
        })
    }

    /// Gives an active user whose epoch is still `old` another address, which is proven, the mailbox
    /// as a way in, and a new epoch; or does nothing.
    pub async fn set_email_if(
        &self,
        old: Epoch,
        new: Epoch,
        email: &EmailAddress,
        mailbox: &Account,
        now: DateTime<Utc>,
    ) -> Result<Readdressed, Error> {
        transaction!(self, |db| {
            let user_id = mailbox.user_id;
            if !replaced_epoch!(db, user_id, old, new, now) {
                return Ok(End::Undo(Readdressed::Ended));
            }
            let set = sqlx::query(SET_EMAIL)
                .bind(user_id)
                .bind(email)
                .bind(now)
                .execute(&mut *db)
                .await;
            match set {
                Ok(_) => {}
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                    return Ok(End::Undo(Readdressed::Taken));
                }
                Err(error) => return Err(error),
            }
            with_account!(accounts::INSERT, mailbox)
                .execute(&mut *db)
                .await?;
            Ok(End::Commit(Readdressed::Done))
        })
    }

    /// Lets an active user in by a link, if both epochs are still those; and no other link of theirs
    /// any more. One compare-and-swap, whoever else tries. Gives the row.
    pub async fn spend_link(
        &self,
        id: UserId,
        session_epoch: Epoch,
        link_epoch: Epoch,
        fresh: Epoch,
    ) -> Result<Option<User>, Error> {
        change_row!(
            self,
            sqlx::query_as(SPEND_LINK)
                .bind(id)
                .bind(session_epoch)
                .bind(link_epoch)
                .bind(fresh)
        )
    }
}
