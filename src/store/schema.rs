//! The schema: one set of migrations for both engines.

use sqlx::migrate::{Migrate, MigrateError, Migrator};

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
    /// The database fails, or holds another version of a migration than this program.
    pub async fn migrate(&self) -> Result<usize, Error> {
        let missing = match self.schema().await? {
            Schema::Ready => return Ok(0),
            Schema::Behind(missing) => missing,
        };
        let applied = match &self.engine {
            Engine::Sqlite(pool) => MIGRATOR.run(pool).await,
            Engine::Postgres(pool) => MIGRATOR.run(pool).await,
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
    /// The database fails.
    pub async fn schema(&self) -> Result<Schema, Error> {
        let work = async {
            match &self.engine {
                Engine::Sqlite(pool) => applied(&mut *pool.acquire().await?).await,
                Engine::Postgres(pool) => applied(&mut *pool.acquire().await?).await,
            }
        };
        let applied = tokio::time::timeout(self.timeout, work)
            .await
            .map_err(|_| Error::TimedOut)??;
        match MIGRATOR
            .iter()
            .filter(|migration| !applied.contains(&migration.version))
            .count()
        {
            0 => Ok(Schema::Ready),
            missing => Ok(Schema::Behind(missing)),
        }
    }
}

/// The versions that are recorded as applied; none where there is no record at all.
async fn applied<C: Migrate>(connection: &mut C) -> Result<Vec<i64>, Error> {
    match connection
        .list_applied_migrations(&MIGRATOR.table_name)
        .await
    {
        Ok(applied) => Ok(applied
            .into_iter()
            .map(|migration| migration.version)
            .collect()),
        Err(MigrateError::Execute(error)) if error.as_database_error().is_some() => Ok(Vec::new()),
        Err(error) => Err(migration_failed(error)),
    }
}

fn migration_failed(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            Error::Database(error)
        }
        other => Error::Schema(other.to_string()),
    }
}
