//! The schema: one set of migrations for both engines.

mod postgres;

use std::{collections::BTreeMap, time::Duration};

use sqlx::{
    Connection, SqliteConnection,
    error::DatabaseError,
    migrate::{AppliedMigration, Migrate, MigrateError, Migrator},
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Engine, Error, Store,
    failure::{is_locked, sqlstate},
    servers::Servers,
};

pub(super) use self::postgres::is_ready;

static MIGRATOR: Migrator = sqlx::migrate!();

/// The longest wait for other processes that migrate the same database.
const MIGRATION_TIMEOUT: Duration = Duration::from_mins(1);

/// The pause between two attempts to lock a SQLite file.
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(20);

/// Begins a transaction of SQLite that holds the write lock from its beginning.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The state of a database schema compared with this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// No migration is missing. The schema may be newer: migrations are additive within a release.
    Ready,
    /// This many migrations are missing.
    Behind(usize),
}

/// The lock by which processes that migrate one PostgreSQL database wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MigrationLock {
    Advisory,
    None,
}

impl Store {
    /// Applies the missing migrations. Returns the number of applied migrations. Processes that migrate one
    /// database at the same time wait for each other.
    ///
    /// # Errors
    /// The database fails, an applied migration differs from the one of this program, a migration did not
    /// complete, or another process migrates the database for longer than a minute.
    pub async fn migrate(&self) -> Result<usize, Error> {
        self.migrate_within(MIGRATION_TIMEOUT).await
    }

    /// Applies the missing migrations as [`Store::migrate`], and waits for other processes for `patience`.
    ///
    /// # Errors
    /// The errors of [`Store::migrate`].
    pub async fn migrate_within(&self, patience: Duration) -> Result<usize, Error> {
        self.migrate_with(MigrationLock::Advisory, patience).await
    }

    /// Applies the missing migrations as [`Store::migrate`], without a lock of PostgreSQL. Processes that migrate at the
    /// same time do no harm: the transaction of one of them succeeds, and the others go on after it.
    ///
    /// # Errors
    /// The errors of [`Store::migrate`].
    pub async fn migrate_without_lock(&self) -> Result<usize, Error> {
        self.migrate_with(MigrationLock::None, MIGRATION_TIMEOUT)
            .await
    }

    async fn migrate_with(&self, lock: MigrationLock, patience: Duration) -> Result<usize, Error> {
        if self.schema().await? == SchemaState::Ready {
            return Ok(0);
        }
        match &self.engine {
            Engine::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                let applied = migrate_sqlite(connection.get()?, patience).await;
                connection.close_unless(applied.is_ok());
                pool.check_file().await?;
                applied
            }
            Engine::Postgres(servers) => postgres::migrate(servers, lock, patience).await,
            #[cfg(feature = "simulation")]
            Engine::Simulated(_) => Ok(0),
        }
    }

    /// Compares the schema with this program. Writes nothing.
    ///
    /// # Errors
    /// The database fails, an applied migration differs from the one of this program, or a migration did not
    /// complete.
    pub async fn schema(&self) -> Result<SchemaState, Error> {
        let work = async {
            match &self.engine {
                Engine::Sqlite(pool) => {
                    pool.check_file_cached().await?;
                    let mut connection = pool.acquire().await?;
                    let compared = compare(connection.get()?).await?;
                    connection.release();
                    Ok(compared)
                }
                Engine::Postgres(servers) => {
                    postgres::compare(Servers::acquire(servers).await?).await
                }
                #[cfg(feature = "simulation")]
                Engine::Simulated(servers) => servers.read(|_| SchemaState::Ready).await,
            }
        };
        tokio::time::timeout(self.timeout, work)
            .await
            .map_err(|_| Error::TimedOut)?
    }
}

/// Applies all missing migrations in one transaction, which holds the write lock of the file from its
/// beginning. If the process ends, the operating system releases the lock and SQLite rolls the transaction
/// back.
async fn migrate_sqlite(
    connection: &mut SqliteConnection,
    patience: Duration,
) -> Result<usize, Error> {
    let deadline = Instant::now() + patience;
    let mut transaction = loop {
        // Each attempt waits for the lock up to the busy time-out of the connection.
        match timeout_at(deadline, connection.begin_with(BEGIN)).await {
            Ok(Ok(transaction)) => break transaction,
            Ok(Err(error)) if is_locked(&error) => sleep(LOCK_RETRY_DELAY).await,
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(lock_timeout(patience)),
        }
    };
    let applied = apply(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(applied)
}

/// Applies the missing migrations. Returns their number. The caller holds the lock.
async fn apply<C: Migrate>(connection: &mut C) -> Result<usize, Error> {
    // Another process may have migrated while this one waited.
    let missing = match compare(connection).await? {
        SchemaState::Ready => return Ok(0),
        SchemaState::Behind(missing) => missing,
    };
    // Migrations of other releases are not checked.
    let mut migrator = Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
    migrator.set_ignore_missing(true);
    migrator.set_locking(false);
    let applied = migrator.run_direct(None, connection, false).await;
    applied.map_err(migration_failed)?;
    Ok(missing)
}

fn lock_timeout(patience: Duration) -> Error {
    let seconds = patience.as_secs();
    Error::Schema(format!(
        "another process has held the lock for migrations for {seconds} s: wait until it has \
         migrated the database, or end it, and start again"
    ))
}

async fn compare<C: Migrate>(connection: &mut C) -> Result<SchemaState, Error> {
    let table = &MIGRATOR.table_name;
    let applied = match connection.list_applied_migrations(table).await {
        Ok(applied) => applied,
        Err(MigrateError::Execute(sqlx::Error::Database(error))) if is_missing_table(&*error) => {
            vec![]
        }
        Err(error) => return Err(migration_failed(error)),
    };
    if !applied.is_empty()
        && let Some(version) = connection
            .dirty_version(table)
            .await
            .map_err(migration_failed)?
    {
        return Err(Error::Schema(format!(
            "migration {version} did not complete; restore a backup"
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
                    "migration {version} differs from the one of this program"
                )));
            }
        }
    }
    Ok(if missing == 0 {
        SchemaState::Ready
    } else {
        SchemaState::Behind(missing)
    })
}

/// Returns whether the table of migrations does not exist, as opposed to a table that cannot be read.
fn is_missing_table(error: &dyn DatabaseError) -> bool {
    let code = error.code();
    code.as_deref() == Some(sqlstate::UNDEFINED_TABLE)
        || error.message().starts_with("no such table")
}

fn migration_failed(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            Error::Database(error)
        }
        other => Error::Schema(other.to_string()),
    }
}
