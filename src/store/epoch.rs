//! Changes of a user whose session epoch must still be the one that the caller has read.

/// Condition: the user is active and has the session epoch `$2`.
macro_rules! if_epoch_is {
    () => {
        " WHERE id = $1 AND session_epoch = $2 AND is_active"
    };
}

pub(super) use if_epoch_is;

/// Sets the epoch `$new` for an active user whose epoch is still `$old`, in a transaction. Returns whether the
/// epoch was replaced.
///
/// The user's row is written first, so concurrent changes of the epoch run one after the other. The later
/// change finds another epoch and changes nothing.
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
    if_epoch_is!()
);
