//! The list of all statements, so that a test can prepare each of them on both engines. SQLite would bind a
//! missing argument as NULL without an error.

use super::{
    accounts, credentials, epoch, passkeys,
    users::{self, change, filter, links},
};

/// The text of every statement and the number of its arguments.
pub const ALL: &[(&str, usize)] = &[
    (users::INSERT, 11),
    (users::BY_ID, 1),
    (users::BY_EMAIL, 1),
    (users::BY_EMAIL_WITH_PASSWORD, 1),
    (users::BY_ID_WITH_PASSWORD, 1),
    (users::BY_ID_WITH_PASSKEYS, 1),
    (users::BY_ACCOUNT, 2),
    (users::PAGE, 2),
    (filter::PAGE_LIKE, 7),
    (filter::PAGE_OF_EMAIL, 7),
    (change::SET_ACTIVE, 4),
    (change::REPLACE_EPOCH, 3),
    (change::REPLACE_EVERY_EPOCH, 2),
    (epoch::REPLACE_EPOCH_IF, 4),
    (change::EDIT_IF, 7),
    (links::SPEND_LINK, 4),
    (links::SET_EMAIL, 3),
    (links::VERIFY_EMAIL, 2),
    (change::SET_ROLE, 3),
    (change::DELETE, 1),
    (change::DELETE_IF, 2),
    (accounts::INSERT, 6),
    (accounts::JOIN, 7),
    (accounts::BY_KEY, 2),
    (accounts::OF_USER, 1),
    (accounts::DELETE, 2),
    (accounts::DELETE_EMAIL, 1),
    (accounts::DELETE_EXTERNAL, 1),
    (accounts::DELETE_OLDER_OR_RECENT_EXTERNAL, 2),
    (accounts::DELETE_RECENT_EXTERNAL, 2),
    (credentials::INSERT, 5),
    (credentials::REPLACE_VERIFIER, 4),
    (credentials::SET_PASSWORD, 5),
    (passkeys::DELETE, 2),
    (passkeys::DELETE_SINCE, 2),
    (passkeys::REPLACE, 5),
];
