//! Import of many users: the look-up of known keys, and one transaction for many rows.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;

use super::{Error, Store, credentials, operation::TransactionEnd, read, transaction, users};
use crate::identity::{Account, Credential, EmailAddress, User, UserId};

/// The most rows of one statement. SQLite finds each argument by comparing its name with those before it, so its time
/// grows with the square of this number. PostgreSQL reads a table of 100,000 rows whole rather than look up 500 keys.
const ROWS: usize = 50;

pub(super) const ADD_ACCOUNTS: &str = "\
    INSERT INTO accounts (id, user_id, type, provider, provider_account_id, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

/// The owners of accounts of the provider `$1`. A user is untouched if nothing has changed since the account was added.
///
/// In place of `IS NOT NULL`, PostgreSQL would read the passwords of all users for an `EXISTS`, until it has analyzed the
/// new rows.
pub(super) const OWNERS: &str = "\
    SELECT accounts.provider_account_id, accounts.user_id, \
           users.updated_at = accounts.updated_at AS is_untouched, \
           (SELECT credentials.id FROM credentials WHERE credentials.user_id = users.id \
            AND credentials.type = 'password') IS NOT NULL AS has_password \
    FROM accounts JOIN users ON users.id = accounts.user_id \
    WHERE accounts.provider = $1 AND accounts.provider_account_id IN ($2)";

pub(super) const OF_EMAILS: &str = "SELECT id, email FROM users WHERE email IN ($1)";

pub(super) const OF_IDS: &str = "SELECT id, email FROM users WHERE id IN ($1)";

/// Rows that are stored together or not at all.
#[derive(Debug, Default)]
pub struct ImportedRows {
    /// New users.
    pub users: Vec<User>,
    /// Accounts of new users and of others.
    pub accounts: Vec<Account>,
    /// Passwords of users who have none.
    pub passwords: Vec<Credential>,
}

/// The owner of an account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccountOwner {
    /// The user's identifier at the provider.
    pub provider_account_id: String,
    /// The user.
    pub user_id: UserId,
    /// The row of the user has not changed since the account was imported.
    pub is_untouched: bool,
    /// The user has a password.
    pub has_password: bool,
}

/// The ID and the email of a user.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KnownUser {
    /// The ID.
    pub id: UserId,
    /// The email.
    pub email: EmailAddress,
}

/// Runs a query whose last arguments are a list of at most `ROWS` values.
macro_rules! fetch_listed {
    ($store:expr, $statement:expr, [$($first:expr)?], $values:expr) => {{
        let values = $values;
        let statement = in_list($statement, ROWS);
        read!($store, |db| {
            let mut query = sqlx::query_as(AssertSqlSafe(statement.clone()));
            $(query = query.bind($first);)?
            // Filled up with the last value, so that each statement has one text and can be prepared by name.
            for value in values.iter().chain(values.last().into_iter().cycle()).take(ROWS) {
                query = query.bind(*value);
            }
            query.fetch_all(db).await
        })
    }};
}

/// Inserts all rows by few statements. Adds the number of inserted rows to a sum.
macro_rules! insert_rows {
    ($db:expr, $sum:ident, $statement:expr, $rows:expr, |$row:ident| [$($value:expr),+]) => {
        for rows in $rows.chunks(ROWS) {
            let statement = rows_of($statement, rows.len());
            let mut query = sqlx::query(AssertSqlSafe(statement)).persistent(false);
            for $row in rows {
                query = query$(.bind($value))+;
            }
            $sum += query.execute(&mut *$db).await?.rows_affected();
        }
    };
}

impl Store {
    /// Returns the owners of those of the accounts that exist.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account_owners(
        &self,
        provider: &str,
        ids: &[&str],
    ) -> Result<Vec<AccountOwner>, Error> {
        let mut found = Vec::new();
        for ids in ids.chunks(ROWS) {
            found.extend(self.owners_of_chunk(provider, ids).await?);
        }
        Ok(found)
    }

    async fn owners_of_chunk(
        &self,
        provider: &str,
        ids: &[&str],
    ) -> Result<Vec<AccountOwner>, Error> {
        fetch_listed!(self, OWNERS, [provider], ids)
    }

    /// Returns the users who have one of the emails.
    ///
    /// # Errors
    /// The database fails.
    pub async fn users_of_emails(&self, emails: &[&EmailAddress]) -> Result<Vec<KnownUser>, Error> {
        let mut found = Vec::new();
        for emails in emails.chunks(ROWS) {
            found.extend(self.users_of_some_emails(emails).await?);
        }
        Ok(found)
    }

    async fn users_of_some_emails(
        &self,
        emails: &[&EmailAddress],
    ) -> Result<Vec<KnownUser>, Error> {
        fetch_listed!(self, OF_EMAILS, [], emails)
    }

    /// Returns the users who have one of the IDs.
    ///
    /// # Errors
    /// The database fails.
    pub async fn users_of_ids(&self, ids: &[UserId]) -> Result<Vec<KnownUser>, Error> {
        let mut found = Vec::new();
        for ids in ids.chunks(ROWS) {
            found.extend(self.users_of_some_ids(ids).await?);
        }
        Ok(found)
    }

    async fn users_of_some_ids(&self, ids: &[UserId]) -> Result<Vec<KnownUser>, Error> {
        fetch_listed!(self, OF_IDS, [], ids)
    }

    /// Stores all rows in one transaction, or none of them if one collides with a row of the database. Returns whether they
    /// were stored. The time is that of the last change of accounts.
    ///
    /// # Errors
    /// The database fails, and nothing is stored.
    pub async fn import_rows(
        &self,
        rows: &ImportedRows,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        transaction!(self, |db| {
            let inserting = async {
                let mut sum = 0;
                insert_rows!(db, sum, users::INSERT, rows.users, |user| [
                    user.id,
                    &user.name,
                    &user.email,
                    user.email_verified,
                    &user.image,
                    &user.role,
                    user.is_active,
                    user.session_epoch,
                    user.link_epoch,
                    user.created_at,
                    user.updated_at
                ]);
                insert_rows!(db, sum, ADD_ACCOUNTS, rows.accounts, |account| [
                    account.id,
                    account.user_id,
                    account.kind.as_str(),
                    &account.provider,
                    &account.provider_account_id,
                    account.created_at,
                    now
                ]);
                insert_rows!(db, sum, credentials::INSERT, rows.passwords, |password| [
                    password.id,
                    password.user_id,
                    password.kind.as_str(),
                    &password.verifier,
                    password.created_at
                ]);
                Ok(sum)
            };
            let inserted: Result<u64, sqlx::Error> = inserting.await;
            match inserted {
                Ok(inserted) if inserted == rows.count() => Ok(TransactionEnd::Commit(true)),
                Ok(_) => Ok(TransactionEnd::Rollback(false)),
                // Another password was set, or a user deleted, at the same time.
                Err(sqlx::Error::Database(error))
                    if error.is_unique_violation() || error.is_foreign_key_violation() =>
                {
                    Ok(TransactionEnd::Rollback(false))
                }
                Err(error) => Err(error),
            }
        })
    }
}

impl ImportedRows {
    /// Returns the number of rows.
    fn count(&self) -> u64 {
        let rows = self.users.len() + self.accounts.len() + self.passwords.len();
        u64::try_from(rows).unwrap_or(u64::MAX)
    }

    /// Returns whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

/// Repeats the values of an `INSERT` of one row.
fn rows_of(statement: &str, rows: usize) -> String {
    let (head, rest) = statement.split_once(" VALUES (").unwrap_or((statement, ""));
    let (values, tail) = rest.split_once(')').unwrap_or((rest, ""));
    let names: Vec<usize> = values
        .split(", ")
        .filter_map(|name| name.strip_prefix('$')?.parse().ok())
        .collect();
    let width = names.iter().max().copied().unwrap_or_default();
    let mut text = format!("{head} VALUES ");
    for row in 0..rows {
        let separator = if row == 0 { "(" } else { ", (" };
        text.push_str(separator);
        for (place, name) in names.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            // Writing to a string does not fail.
            let _ = write!(text, "{comma}${}", name + row * width);
        }
        text.push(')');
    }
    text.push_str(tail);
    text
}

/// Repeats the value of an `IN` with one value, which is the last argument.
fn in_list(statement: &str, values: usize) -> String {
    let (head, _) = statement.rsplit_once(" IN ($").unwrap_or((statement, ""));
    let before = head.matches('$').count();
    let mut text = format!("{head} IN (");
    for value in 1..=values {
        let comma = if value == 1 { "" } else { ", " };
        let _ = write!(text, "{comma}${}", before + value);
    }
    text.push(')');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_many_rows_have_numbered_arguments() {
        let inserted = rows_of(
            "INSERT INTO t (a, b, c) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING",
            3,
        );
        let expected = "INSERT INTO t (a, b, c) VALUES ($1, $2, $2), ($3, $4, $4), ($5, $6, $6) \
                        ON CONFLICT DO NOTHING";
        assert_eq!(inserted, expected);
        let selected = in_list("SELECT a FROM t WHERE b = $1 AND c IN ($2)", 3);
        assert_eq!(
            selected,
            "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3, $4)"
        );
    }
}
