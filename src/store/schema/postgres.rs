//! Migrations of PostgreSQL and of engines that speak its protocol.

use std::time::Duration;

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Postgres, migrate::Migrate,
};
use tokio::time::{sleep, timeout};

use super::{MIGRATOR, MigrationLock, SchemaState, apply, lock_timeout, migration_failed};
use crate::store::{
    Error,
    connections::{PooledConnection, WarmPool},
    failure::sqlstate,
    servers::{PostgresServers, Servers},
    unprepared::{run, text},
};

/// The most attempts without a lock, while other processes migrate the same database.
const ATTEMPTS: u32 = 10;

/// The pause between two attempts without a lock.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(200);

/// Begins a transaction whose statements see what was committed while it waited for the lock.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

const DATABASE: &str = "SELECT current_database()::text";

/// Removes the statements that migrations have prepared by name. Behind a pooler the session serves others next.
const FORGET_NAMES: &str = "\
    DO $$ DECLARE it text; BEGIN \
        FOR it IN SELECT name FROM pg_prepared_statements WHERE name LIKE 'sqlx_s_%' LOOP \
            EXECUTE 'DEALLOCATE ' || quote_ident(it); \
        END LOOP; \
    END $$";

/// Applies the missing migrations. Returns their number.
pub(super) async fn migrate(
    servers: &PostgresServers,
    lock: MigrationLock,
    patience: Duration,
) -> Result<usize, Error> {
    let mut lock = lock;
    let mut attempts = 0;
    loop {
        let mut connection = Servers::acquire(servers).await?;
        let applied = if lock == MigrationLock::None && connection.has_statement_names() {
            // Each migration has its own transaction.
            apply(connection.get()?).await
        } else {
            migrate_in_one_transaction(&mut connection, lock, patience).await
        };
        connection.close_unless(applied.is_ok());
        let error = match applied {
            Ok(applied) => return Ok(applied),
            Err(error) => error,
        };
        let has_no_locks = matches!(
            &error,
            Error::Database(error) if sqlstate::of(error).as_deref() == Some(sqlstate::UNDEFINED_FUNCTION)
        );
        if lock == MigrationLock::Advisory && has_no_locks {
            tracing::info!("the database has no advisory locks: migrating without one");
            lock = MigrationLock::None;
            continue;
        }
        attempts += 1;
        if lock == MigrationLock::Advisory || attempts == ATTEMPTS {
            return Err(error);
        }
        // Another process may have applied the same migration first.
        sleep(ATTEMPT_PAUSE).await;
        if compare(Servers::acquire(servers).await?).await? == SchemaState::Ready {
            return Ok(0);
        }
    }
}

/// Applies all missing migrations in one transaction, which holds the lock and which a pooler leaves on one session.
async fn migrate_in_one_transaction(
    connection: &mut PooledConnection<Postgres>,
    lock: MigrationLock,
    patience: Duration,
) -> Result<usize, Error> {
    let forgets_names = !connection.has_statement_names();
    let mut transaction = connection.get()?.begin_with(BEGIN).await?;
    if lock == MigrationLock::Advisory {
        let key = lock_key(&text(&mut transaction, DATABASE).await?);
        let lock = AssertSqlSafe(format!("SELECT pg_advisory_xact_lock({key})"));
        let locked = timeout(patience, transaction.execute(lock)).await;
        locked.map_err(|_| lock_timeout(patience))??;
    }
    if forgets_names {
        run(&mut transaction, FORGET_NAMES).await?;
    }
    // A read of a table that does not exist would end the transaction.
    let table = transaction.ensure_migrations_table(&MIGRATOR.table_name);
    table.await.map_err(migration_failed)?;
    let applied = apply(&mut *transaction).await?;
    if forgets_names {
        run(&mut transaction, FORGET_NAMES).await?;
    }
    transaction.commit().await?;
    Ok(applied)
}

/// Returns the key of the advisory lock, the same as in `Migrate::lock`: other releases of Signet take their lock by that
/// function.
fn lock_key(database: &str) -> i64 {
    let crc = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);
    0x3d32_ad9e * i64::from(crc.checksum(database.as_bytes()))
}

/// Compares the schema with this program, and keeps the connection: the role may be limited to one.
pub(super) async fn compare(
    mut connection: PooledConnection<Postgres>,
) -> Result<SchemaState, Error> {
    let has_names = connection.has_statement_names();
    let compared = compare_on(connection.get()?, has_names).await?;
    connection.release();
    Ok(compared)
}

/// Returns whether no migration is missing on a server.
///
/// # Errors
/// The server fails, or its schema is of another program.
pub(in crate::store) async fn is_ready(pool: &WarmPool<Postgres>) -> Result<bool, Error> {
    let mut connection = pool.pool().connect_options().connect().await?;
    let state = compare_on(&mut connection, pool.has_statement_names()).await?;
    connection.close().await?;
    Ok(state == SchemaState::Ready)
}

async fn compare_on(connection: &mut PgConnection, has_names: bool) -> Result<SchemaState, Error> {
    if has_names {
        return super::compare(connection).await;
    }
    let mut transaction = connection.begin().await?;
    run(&mut transaction, FORGET_NAMES).await?;
    let compared = super::compare(&mut *transaction).await?;
    if compared == SchemaState::Ready {
        run(&mut transaction, FORGET_NAMES).await?;
    }
    // Without the table of migrations the transaction has failed.
    transaction.rollback().await?;
    Ok(compared)
}
