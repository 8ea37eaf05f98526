//! The schema: tables, statements and migrations.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use rstest_reuse::apply;
use signet::store::{CreateOutcome, STATEMENTS, SchemaState};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection, Statement,
    migrate::Migrate,
};

use super::{column, migrated, new_user, open, open_with};
use crate::support::{Engine, TestDatabase, both_engines};

#[apply(both_engines)]
#[tokio::test]
async fn schema_has_exactly_three_tables(engine: Engine) {
    let (database, _store) = migrated(engine).await;
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

#[apply(both_engines)]
#[tokio::test]
async fn statements_prepare_with_the_declared_parameters(engine: Engine) {
    let (database, _store) = migrated(engine).await;
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
fn statements_are_all_listed() {
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

#[apply(both_engines)]
#[tokio::test]
async fn second_migration_changes_nothing(engine: Engine) {
    let database = TestDatabase::on(engine).await;
    let store = open(&database.url);
    assert_eq!(store.schema().await.unwrap(), SchemaState::Behind(3));
    assert_eq!(store.migrate().await.unwrap(), 3);
    assert_eq!(store.schema().await.unwrap(), SchemaState::Ready);
    assert_eq!(store.migrate().await.unwrap(), 0);
}

#[apply(both_engines)]
#[tokio::test]
async fn concurrent_migrations_succeed(engine: Engine) {
    let database = TestDatabase::on(engine).await;
    let stores: Vec<_> = (0..4).map(|_| open(&database.url)).collect();
    let applied = join_all(stores.iter().map(signet::store::Store::migrate)).await;
    let mut applied: Vec<_> = applied.into_iter().map(Result::unwrap).collect();
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 3]);
}

/// A transaction of the default isolation would not see the migrations for which it has waited.
#[tokio::test]
async fn concurrent_postgres_migrations_succeed_in_serializable_sessions() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let option = "options=-c%20default_transaction_isolation%3Dserializable";
    let url = format!("{}&{option}", database.url);
    let stores = [open(&url), open(&url)];
    let applied = join_all(stores.iter().map(signet::store::Store::migrate)).await;
    let mut applied: Vec<_> = applied.into_iter().map(Result::unwrap).collect();
    applied.sort_unstable();
    assert_eq!(applied, [0, 3]);
}

#[apply(both_engines)]
#[tokio::test]
async fn migration_times_out_waiting_for_another_process(engine: Engine) {
    let database = TestDatabase::on(engine).await;
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
            // Migrations without statement names wait for the same lock.
            let unnamed = open_with(&database.url, 0).migrate_within(patience).await;
            let error = unnamed.unwrap_err().to_string();
            assert!(error.contains("another process"), "{error}");
            Migrate::unlock(&mut other).await.unwrap();
            given_up
        }
    };
    let error = given_up.unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    assert_eq!(store.migrate().await.unwrap(), 3);
}

/// SQLite does not wait before it switches a file to WAL mode while another connection may write.
#[tokio::test]
async fn connection_opens_once_another_process_releases_the_file() {
    let database = TestDatabase::on(Engine::Sqlite).await;
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

#[apply(both_engines)]
#[tokio::test]
async fn failed_migration_releases_its_lock_and_leaves_no_table(engine: Engine) {
    let database = TestDatabase::on(engine).await;
    let failing = open(&database.url);
    database.execute("CREATE TABLE accounts (x TEXT)").await;
    assert!(failing.migrate().await.is_err());
    database.execute("DROP TABLE accounts").await;
    let other = open(&database.url);
    let patience = Duration::from_secs(5);
    let applied = other.migrate_within(patience).await.unwrap();
    // All migrations run in one transaction.
    assert_eq!(applied, 3);
    assert_eq!(failing.migrate().await.unwrap(), 0);
}

#[apply(both_engines)]
#[tokio::test]
async fn column_of_a_later_release_is_ignored(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let new = new_user("ada@example.com");
    store.create_user(&new).await.unwrap();
    // Every connection has prepared its statements.
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

#[apply(both_engines)]
#[tokio::test]
async fn foreign_schema_is_rejected(engine: Engine) {
    let (database, store) = migrated(engine).await;
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

/// `.cargo/config.toml` removes unused parts of the library, which saves code and start-up work.
#[tokio::test]
async fn sqlite_is_built_without_unused_features() {
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
