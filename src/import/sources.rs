//! The readers of rows, one for each source.

pub(super) mod aspnet;
pub(super) mod auth0;
pub(super) mod better_auth;
pub(super) mod clerk;
pub(super) mod devise;
pub(super) mod django;
pub(super) mod firebase;
pub(super) mod keycloak;
pub(super) mod kratos;
pub(super) mod signet;
pub(super) mod supabase;
pub(super) mod wordpress;

use super::record::{ImportedRow, ImportedUser};

/// A user as the result of a reader.
fn user_row(user: ImportedUser) -> ImportedRow {
    ImportedRow::User(Box::new(user))
}
