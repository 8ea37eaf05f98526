//! The rows of an engine.

use chrono::{DateTime, Utc};
use signet::{
    identity::{Account, Credential, CredentialId, StoredVerifier, User, UserId},
    store::simulated::{SimulatedTables, StoredAccount, StoredCredential},
};
use sqlx::{FromRow, PgPool, SqlitePool};

use super::arguments::KINDS;
use crate::support::Engine;

/// Direct access to the rows of a database.
pub enum StoredRows {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

#[derive(FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    account: Account,
    updated_at: DateTime<Utc>,
}

#[derive(FromRow)]
struct CredentialRow {
    id: CredentialId,
    user_id: UserId,
    #[sqlx(rename = "type")]
    kind: String,
    verifier: StoredVerifier,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<CredentialRow> for StoredCredential {
    fn from(row: CredentialRow) -> Self {
        let kind = KINDS.into_iter().find(|kind| kind.as_str() == row.kind);
        Self {
            credential: Credential {
                id: row.id,
                user_id: row.user_id,
                kind: kind.unwrap(),
                verifier: row.verifier,
                created_at: row.created_at,
            },
            updated_at: row.updated_at,
        }
    }
}

/// Runs a body with the pool of the engine.
macro_rules! with_pool {
    ($rows:expr, |$pool:ident| $body:expr) => {
        match $rows {
            StoredRows::Sqlite($pool) => $body,
            StoredRows::Postgres($pool) => $body,
        }
    };
}

impl StoredRows {
    pub async fn of(engine: Engine, url: &str) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite(SqlitePool::connect(url).await.unwrap()),
            Engine::Postgres => Self::Postgres(PgPool::connect(url).await.unwrap()),
        }
    }

    /// Deletes all rows.
    pub async fn delete(&self) {
        with_pool!(self, |pool| {
            let deleted = sqlx::query("DELETE FROM users").execute(pool).await;
            deleted.map(|_| ()).unwrap();
        });
    }

    pub async fn read(&self) -> SimulatedTables {
        let (users, accounts, credentials): (Vec<User>, Vec<AccountRow>, Vec<CredentialRow>) =
            with_pool!(self, |pool| (
                sqlx::query_as("SELECT * FROM users")
                    .fetch_all(pool)
                    .await
                    .unwrap(),
                sqlx::query_as("SELECT * FROM accounts")
                    .fetch_all(pool)
                    .await
                    .unwrap(),
                sqlx::query_as("SELECT * FROM credentials")
                    .fetch_all(pool)
                    .await
                    .unwrap(),
            ));
        let accounts = accounts.into_iter().map(|row| {
            let AccountRow {
                account,
                updated_at,
            } = row;
            (
                account.id,
                StoredAccount {
                    account,
                    updated_at,
                },
            )
        });
        let credentials = credentials.into_iter().map(StoredCredential::from);
        SimulatedTables {
            users: users.into_iter().map(|user| (user.id, user)).collect(),
            accounts: accounts.collect(),
            credentials: credentials.map(|row| (row.credential.id, row)).collect(),
        }
    }
}
