//! The members by which the users of a source are recognised. A wrong `--from` would otherwise import users without their
//! passwords, and the right one would then find their emails taken.

use crate::import::{ImportSource, refusal::RowRefusal, row::SourceRow};

/// The members of other sources that would be ignored in the form of Signet.
const FOREIGN: &[&str] = &["encrypted_password", "EmailConfirmed", "credentials"];

/// Members of the export of Signet that the table `user` of Better Auth lacks.
const EXPORTED: &[&[&str]] = &[&["password_hash"], &["accounts", "disabled"]];

impl ImportSource {
    /// Returns the sets of members of which every user of the source has one, as columns that may be empty.
    const fn members(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Supabase | Self::Devise => &[&["encrypted_password"]],
            Self::Keycloak => &[&["enabled"], &["createdTimestamp"], &["credentials"]],
            Self::Django => &[
                &["fields"],
                &["password", "date_joined"],
                &["password", "is_active"],
            ],
            Self::WordPress => &[&["user_pass"]],
            Self::BetterAuth => &[&["emailVerified", "createdAt"]],
            Self::Aspnet => &[&["PasswordHash"], &["EmailConfirmed"]],
            Self::Clerk => &[&["primary_email_address"]],
            Self::Auth0 => &[&["_id"], &["user_id"]],
            // These readers require a member that no other source has, or any row with an email is a user.
            Self::Firebase | Self::Kratos | Self::Signet => &[&[]],
        }
    }

    /// Checks that a row of users has the members of the source.
    ///
    /// # Errors
    /// The row is of another source.
    pub(super) fn check_members(self, row: &SourceRow) -> Result<(), RowRefusal> {
        let has = |name: &str| match name {
            // Not `id`, which is the same name otherwise.
            "_id" => row.has_exactly(name),
            _ => row.has_columns(&[name]),
        };
        let has_all = |names: &&[&str]| names.iter().all(|name| has(name));
        if !self.members().iter().any(has_all) {
            let names = self.members().iter().map(|names| names.join(" and "));
            let names: Vec<_> = names.collect();
            let cause = format!("{} is missing", names.join(", or "));
            return Err(RowRefusal::malformed(cause));
        }
        let foreign = match self {
            Self::Signet => FOREIGN.iter().find(|name| has(name)).copied(),
            Self::BetterAuth => EXPORTED
                .iter()
                .find(|names| has_all(names))
                .and_then(|names| names.first().copied()),
            _ => None,
        };
        match foreign {
            Some(name) => Err(RowRefusal::malformed(format!(
                "{name} is a member of another source"
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
