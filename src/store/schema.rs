//! The schema: one set of migrations for both engines.

use std::collections::BTreeMap;

use sqlx::{
    error::DatabaseError,
    migrate::{AppliedMigration, Migrate, MigrateError, Migrator},
};

use super::{Engine, Error, Store};

static MIGRATOR: Migrator = sqlx::migrate!();

/// How the schema of a database stands to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Just right, or newer: migrations are additive within a release.
    Ready,
    /// This many migrations are missing.
    Behind(usize),
}

impl Store {
    /// Applies the migrations that are missing and says how many there were.
    ///
    /// # Errors
    /// The database fails, holds another text of a migration than this program, or has been left
    /// in the midst of one.
    pub async fn migrate(&self) -> Result<usize, Error> {
        let missing = match self.schema().await? {
            Schema::Ready => return Ok(0),
            Schema::Behind(missing) => missing,
        };
        // Other releases' migrations are none of our business.
        let mut migrator = Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
        migrator.set_ignore_missing(true);
        let applied = match &self.engine {
            Engine::Sqlite(pool) => migrator.run(pool.acquire().await?.get()?).await,
            Engine::Postgres(pool) => migrator.run(pool.acquire().await?.get()?).await,
        };
        if let Err(error) = applied {
            // SQLite has no lock for this: another process may have been just that much faster.
            let ready = self
                .schema()
                .await
                .is_ok_and(|schema| schema == Schema::Ready);
            return if ready {
                Ok(missing)
            } else {
                Err(migration_failed(error))
            };
        }
        Ok(missing)
    }

    /// Compares the schema with this program. Writes nothing.
    ///
    /// # Errors
    /// As [`Store::migrate`].
    pub async fn schema(&self) -> Result<Schema, Error> {
        let work = async {
            match &self.engine {
                Engine::Sqlite(pool) => compare(pool.acquire().await?.get()?).await,
                Engine::Postgres(pool) => compare(pool.acquire().await?.get()?).await,
            }
        };
        tokio::time::timeout(self.timeout, work)
            .await
            .map_err(|_| Error::TimedOut)?
    }
}

async fn compare<C: Migrate>(connection: &mut C) -> Result<Schema, Error> {
    let table = &MIGRATOR.table_name;
    let applied = match connection.list_applied_migrations(table).await {
        Ok(applied) => applied,
        Err(MigrateError::Execute(sqlx::Error::Database(error))) if is_no_table(&*error) => vec![],
        Err(error) => return Err(migration_failed(error)),
    };
    if !applied.is_empty()
        && let Some(version) = connection
            .dirty_version(table)
            .await
            .map_err(migration_failed)?
    {
        return Err(Error::Schema(format!(
            "migration {version} was broken off; restore a backup"
        )));
    }
    let applied: BTreeMap<_, _> = applied.iter().map(|it| (it.version, it)).collect();
    let mut missing = 0;
    for migration in MIGRATOR.iter() {
        match applied.get(&migration.version) {
            None => missing += 1,
            Some(AppliedMigration { checksum, .. }) if *checksum == migration.checksum => {}
            Some(_) => {
                let version = migration.version;
                return Err(Error::Schema(format!(
                    "migration {version} is not that of this program"
                )));
            }
        }
    }
    Ok(if missing == 0 {
        Schema::Ready
    } else {
        Schema::Behind(missing)
    })
}

/// Whether there is no record of migrations at all yet, as opposed to one that cannot be read.
fn is_no_table(error: &dyn DatabaseError) -> bool {
    const UNDEFINED_TABLE: &str = "42P01";
    let code = error.code();
    code.as_deref() == Some(UNDEFINED_TABLE) || error.message().starts_with("no such table")
}

fn migration_failed(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            Error::Database(error)
        }
        other => Error::Schema(other.to_string()),
    }
}
