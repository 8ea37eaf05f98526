//! Changes that need the session epoch of the user to be the one that the caller has seen.

/// An active user whose epoch is still that one.
macro_rules! if_welcome {
    () => {
        " WHERE id = $1 AND session_epoch = $2 AND is_active"
    };
}

pub(super) use if_welcome;

/// In a transaction: gives an active user whose epoch is still `$old` the epoch `$new`, and says
/// whether it did.
///
/// The row of the user is written first: whoever replaces the epoch at the same time comes before
/// or after, and what comes before ends this.
macro_rules! replaced_epoch {
    ($db:expr, $user_id:expr, $old:expr, $new:expr, $now:expr) => {
        sqlx::query(crate::store::epoch::REPLACE_EPOCH_IF)
            .bind($user_id)
            .bind($old)
            .bind($new)
            .bind($now)
            .execute(&mut *$db)
            .await?
            .rows_affected()
            == 1
    };
}
pub(super) use replaced_epoch;

pub(super) const REPLACE_EPOCH_IF: &str = concat!(
    "UPDATE users SET session_epoch = $3, updated_at = $4",
    if_welcome!()
);
