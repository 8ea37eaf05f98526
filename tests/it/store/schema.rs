//! The schema: what is there, what is asked of it, and how it comes about.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use rstest::rstest;
use signet::store::{CreateOutcome, STATEMENTS, SchemaState};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection, Statement,
    migrate::Migrate,
};

use super::{column, migrated, new_user, open};
use crate::support::{Engine, TestDatabase};

#[rstest]
#[tokio::test]
async fn there_are_three_tables_and_no_fourth(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((database, _store)) = migrated(engine).await else {
        return;
    };
    let catalogue = match engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') \
             AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Engine::Postgres => {
            "SELECT relname::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
             WHERE relkind IN ('r', 'v', 'm', 'p', 'f') \
             AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY relname"
        }
    };
    let tables = column(engine, &database.url, catalogue).await;
    assert_eq!(
        tables,
        ["_sqlx_migrations", "accounts", "credentials", "users"]
    );

    let columns = async |table: &str| {
        let sql = match engine {
            Engine::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
            Engine::Postgres => format!(
                "SELECT column_name::text FROM information_schema.columns \
                 WHERE table_name = '{table}'"
            ),
        };
        column(engine, &database.url, &sql)
            .await
            .into_iter()
            .collect::<BTreeSet<_>>()
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>()
    };
    let users = [
        "id",
        "name",
        "email",
        "email_verified",
        "image",
        "role",
        "is_active",
        "session_epoch",
        "link_epoch",
        "created_at",
        "updated_at",
    ];
    assert_eq!(columns("users").await, set(&users));
    let accounts = [
        "id",
        "user_id",
        "type",
        "provider",
        "provider_account_id",
        "created_at",
        "updated_at",
    ];
    assert_eq!(columns("accounts").await, set(&accounts));
    let credentials = [
        "id",
        "user_id",
        "type",
        "verifier",
        "created_at",
        "updated_at",
    ];
    assert_eq!(columns("credentials").await, set(&credentials));
}

#[rstest]
#[tokio::test]
async fn every_statement_can_be_prepared_and_binds_what_it_says(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((database, _store)) = migrated(engine).await else {
        return;
    };
    for (sql, arguments) in STATEMENTS {
        let sql = AssertSqlSafe((*sql).to_owned()).into_sql_str();
        let expected = match engine {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
                let statement = connection.prepare(sql.clone()).await.unwrap();
                let parameters = statement.parameters();
                parameters.map(|it| it.either(<[_]>::len, |count| count))
            }
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&database.url).await.unwrap();
                let statement = connection.prepare(sql.clone()).await.unwrap();
                let parameters = statement.parameters();
                parameters.map(|it| it.either(<[_]>::len, |count| count))
            }
        };
        assert_eq!(expected, Some(*arguments), "{}", sql.as_str());
    }
}

#[test]
fn every_statement_is_listed_and_none_is_written_in_passing() {
    let store = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store");
    let folders = [store.to_owned(), format!("{store}/users")];
    let entries = folders.iter().flat_map(|it| std::fs::read_dir(it).unwrap());
    let files = entries.map(|entry| entry.unwrap().path());
    let mut written = 0;
    for file in files.filter(|path| path.is_file()) {
        let source = std::fs::read_to_string(file).unwrap();
        for constant in ["pub(super) const ", "pub(in crate::store) const "] {
            written += source.matches(constant).count();
        }
        for call in ["query(\"", "query_as(\"", "query_scalar(\""] {
            assert!(!source.contains(call), "{call}");
        }
    }
    assert_eq!(written, STATEMENTS.len());
}

#[rstest]
#[tokio::test]
async fn migrating_twice_changes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    let store = open(&database.url);
    assert_eq!(store.schema().await.unwrap(), SchemaState::Behind(3));
    assert_eq!(store.migrate().await.unwrap(), 3);
    assert_eq!(store.schema().await.unwrap(), SchemaState::Ready);
    assert_eq!(store.migrate().await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn several_stores_that_migrate_at_once_do_not_collide(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    let stores: Vec<_> = (0..4).map(|_| open(&database.url)).collect();
    let applied = join_all(stores.iter().map(signet::store::Store::migrate)).await;
    let mut applied: Vec<_> = applied.into_iter().map(Result::unwrap).collect();
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 3]);
}

#[rstest]
#[tokio::test]
async fn a_migration_gives_up_waiting_for_another_process(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    let store = open(&database.url);
    let patience = Duration::from_millis(100);
    let given_up = match engine {
        Engine::Sqlite => {
            let mut other = SqliteConnection::connect(&database.url).await.unwrap();
            other.execute("PRAGMA journal_mode = WAL").await.unwrap();
            let locked = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
            let given_up = store.migrate_within(patience).await;
            locked.rollback().await.unwrap();
            given_up
        }
        Engine::Postgres => {
            let mut other = PgConnection::connect(&database.url).await.unwrap();
            Migrate::lock(&mut other).await.unwrap();
            let given_up = store.migrate_within(patience).await;
            Migrate::unlock(&mut other).await.unwrap();
            given_up
        }
    };
    let error = given_up.unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    assert_eq!(store.migrate().await.unwrap(), 3);
}

/// SQLite does not wait before it changes a file to WAL mode while another connection may write to the
/// file.
#[tokio::test]
async fn a_connection_is_opened_as_soon_as_another_process_releases_the_file() {
    let database = TestDatabase::on(Engine::Sqlite).await.unwrap();
    let mut other = SqliteConnection::connect(&format!("{}?mode=rwc", database.url))
        .await
        .unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let store = open(&database.url);
    let mut opening = std::pin::pin!(store.schema());
    let early = tokio::time::timeout(Duration::from_millis(100), &mut opening).await;
    assert!(early.is_err(), "{early:?}");
    writing.rollback().await.unwrap();
    assert_eq!(opening.await.unwrap(), SchemaState::Behind(3));
}

/// A connection that is kept would keep the lock of its session.
#[rstest]
#[tokio::test]
async fn a_migration_that_fails_releases_its_lock_and_leaves_no_table(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    let failing = open(&database.url);
    database.execute("CREATE TABLE accounts (x TEXT)").await;
    assert!(failing.migrate().await.is_err());
    database.execute("DROP TABLE accounts").await;
    let other = open(&database.url);
    let patience = Duration::from_secs(5);
    let applied = other.migrate_within(patience).await.unwrap();
    let expected = match engine {
        // All migrations are one transaction.
        Engine::Sqlite => 3,
        // Each migration is a transaction.
        Engine::Postgres => 2,
    };
    assert_eq!(applied, expected);
    assert_eq!(failing.migrate().await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn a_column_of_a_later_release_disturbs_nobody(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((database, store)) = migrated(engine).await else {
        return;
    };
    let new = new_user("ada@example.com");
    store.create_user(&new).await.unwrap();
    // Every connection has prepared its statements by now.
    store.user(new.user.id).await.unwrap();
    store.user_with_password(&new.user.email).await.unwrap();
    for table in ["users", "accounts", "credentials"] {
        let sql = format!("ALTER TABLE {table} ADD COLUMN later TEXT");
        column(engine, &database.url, &sql).await;
    }
    assert_eq!(
        store.user(new.user.id).await.unwrap(),
        Some(new.user.clone())
    );
    assert!(
        store
            .user_with_password(&new.user.email)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(store.users(None, 10).await.unwrap().len(), 1);
    let bob = new_user("bob@example.com");
    assert_eq!(
        store.create_user(&bob).await.unwrap(),
        CreateOutcome::Created
    );
}

#[rstest]
#[tokio::test]
async fn a_schema_that_is_not_ours_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((database, store)) = migrated(engine).await else {
        return;
    };
    let tamper =
        "UPDATE _sqlx_migrations SET success = false WHERE version = 3 RETURNING description";
    column(engine, &database.url, tamper).await;
    let refused = store.migrate().await.unwrap_err().to_string();
    assert!(
        refused.contains("migration 3 did not complete"),
        "{refused}"
    );
    let tamper = "UPDATE _sqlx_migrations SET success = true, checksum = execution_time::text::bytea \
                  WHERE version = 3 RETURNING description";
    let tamper = match engine {
        Engine::Sqlite => tamper.replace("execution_time::text::bytea", "x'00'"),
        Engine::Postgres => tamper.to_owned(),
    };
    column(engine, &database.url, &tamper).await;
    let refused = store.schema().await.unwrap_err().to_string();
    assert!(
        refused.contains("migration 3 differs from the one of this program"),
        "{refused}"
    );
}

/// `.cargo/config.toml` leaves them out of the library: code and start-up work that nothing needs.
#[tokio::test]
async fn sqlite_is_built_without_the_parts_that_no_statement_uses() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let options = sqlx::query_scalar("PRAGMA compile_options");
    let options: Vec<String> = options.fetch_all(&mut connection).await.unwrap();
    let threadsafe = "THREADSAFE=1".to_owned();
    assert!(options.contains(&threadsafe), "{options:?}");
    let unused = ["FTS", "RTREE", "DBSTAT"].map(|part| format!("ENABLE_{part}"));
    let is_unused = |option: &&String| unused.iter().any(|part| option.starts_with(part));
    let found: Vec<_> = options.iter().filter(is_unused).collect();
    assert!(found.is_empty(), "{found:?}");
}
