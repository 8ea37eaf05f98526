//! The readers of rows, one for each source.

mod aspnet;
mod auth0;
mod better_auth;
mod clerk;
mod devise;
mod django;
mod firebase;
mod keycloak;
mod kratos;
mod members;
mod signet;
mod supabase;
mod wordpress;

use super::{
    ImportOptions, ImportSource,
    reader::RowFormat,
    record::{ImportedRow, ImportedUser},
    refusal::RowRefusal,
    row::SourceRow,
};
use crate::identity::External;

/// The rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowKind {
    Users,
    /// Accounts and passwords of users who are in another file.
    Identities,
}

/// JSON, JSON Lines or CSV.
const TABLE: &[RowFormat] = &[RowFormat::JsonArray, RowFormat::JsonLines, RowFormat::Csv];

impl ImportSource {
    /// Returns the formats of files.
    pub(super) const fn formats(self) -> &'static [RowFormat] {
        match self {
            Self::Signet => &[RowFormat::JsonLines],
            Self::Firebase => &[
                RowFormat::UsersDocument,
                RowFormat::HeaderlessCsv(firebase::CSV_COLUMNS),
            ],
            Self::Keycloak => &[RowFormat::UsersDocument],
            Self::Aspnet => &[RowFormat::JsonLines, RowFormat::Csv],
            Self::Clerk => &[RowFormat::Csv],
            Self::Auth0 | Self::Kratos => &[RowFormat::JsonArray, RowFormat::JsonLines],
            Self::Supabase | Self::Django | Self::Devise | Self::WordPress | Self::BetterAuth => {
                TABLE
            }
        }
    }

    /// Returns the columns by which rows of identities are recognised.
    const fn identity_columns(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Supabase => Some(supabase::IDENTITY_COLUMNS),
            Self::BetterAuth => Some(better_auth::IDENTITY_COLUMNS),
            Self::Aspnet => Some(aspnet::IDENTITY_COLUMNS),
            _ => None,
        }
    }

    /// Returns the kind of a row.
    pub(super) fn kind(self, row: &SourceRow) -> RowKind {
        match self.identity_columns() {
            Some(columns) if row.has_columns(columns) => RowKind::Identities,
            _ => RowKind::Users,
        }
    }

    /// Returns the account with the ID of a user whose accounts are in rows of their own. `None` for other rows.
    pub(super) fn owner(self, row: &SourceRow, options: &ImportOptions) -> Option<External> {
        self.identity_columns()?;
        let id = row.text("id").ok()??;
        (self.kind(row) == RowKind::Users).then(|| options.source_account(id))
    }

    /// Reads a row.
    ///
    /// # Errors
    /// The reason why the row is refused.
    pub(super) fn read(
        self,
        row: &SourceRow,
        options: &ImportOptions,
    ) -> Result<ImportedRow, RowRefusal> {
        let is_identity = self.kind(row) == RowKind::Identities;
        if !is_identity {
            self.check_members(row)?;
        }
        match self {
            Self::Auth0 => auth0::user(row, options),
            Self::Firebase => firebase::user(row, options),
            Self::Supabase if is_identity => supabase::identity(row, options),
            Self::Supabase => supabase::user(row, options),
            Self::Keycloak => keycloak::user(row, options),
            Self::Django => django::user(row, options),
            Self::Devise => devise::user(row, options),
            Self::WordPress => wordpress::user(row, options),
            Self::BetterAuth if is_identity => better_auth::identity(row, options),
            Self::BetterAuth => better_auth::user(row, options),
            Self::Aspnet if is_identity => aspnet::identity(row, options),
            Self::Aspnet => aspnet::user(row, options),
            Self::Clerk => clerk::user(row, options),
            Self::Kratos => kratos::user(row, options),
            Self::Signet => signet::user(row, options),
        }
    }
}

/// A user as the result of a reader.
fn user_row(user: ImportedUser) -> ImportedRow {
    ImportedRow::User(Box::new(user))
}
