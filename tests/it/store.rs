//! The store, on both engines.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use futures_util::future::join_all;
use rstest::rstest;
use signet::{
    config::Database,
    entropy::Entropy,
    identity::{Epoch, User, UserId, Verifier},
    store::{Created, NewUser, STATEMENTS, Schema, Store},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};

use crate::support::{Engine, TestDatabase};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

fn open(url: &str) -> Store {
    let settings = Database {
        url: url.to_owned().into(),
        connections: 8,
        timeout: std::time::Duration::from_secs(10),
    };
    let store = Store::new(&settings).unwrap();
    store.create_file().unwrap();
    store
}

async fn providers_of(store: &Store, user: UserId) -> Vec<String> {
    let accounts = store.accounts_of(user).await.unwrap();
    accounts
        .into_iter()
        .map(|account| account.provider)
        .collect()
}

async fn migrated(engine: Engine) -> Option<(TestDatabase, Store)> {
    let database = TestDatabase::on(engine).await?;
    let store = open(&database.url);
    store.migrate().await.unwrap();
    Some((database, store))
}

fn new_user(email: &str) -> NewUser {
    let entropy = Entropy::system();
    let id = UserId::new(now(), &entropy).unwrap();
    let name = Some("Ada \u{1f469}\u{200d}\u{1f52c}".parse().unwrap());
    let user = User::new(id, email.parse().unwrap(), name, now(), &entropy).unwrap();
    NewUser::with_password(user, Verifier::new("$phc$".to_owned()), now(), &entropy).unwrap()
}

fn fresh() -> Epoch {
    Epoch::fresh(&Entropy::system()).unwrap()
}

/// The names in the first column of that query, on either engine.
async fn column(engine: Engine, url: &str, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    match engine {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query_scalar(sql)
                .fetch_all(&mut connection)
                .await
                .unwrap()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query_scalar(sql)
                .fetch_all(&mut connection)
                .await
                .unwrap()
        }
    }
}

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
    use sqlx::{Either, Statement};
    let Some((database, _store)) = migrated(engine).await else {
        return;
    };
    for (sql, arguments) in STATEMENTS {
        let sql = AssertSqlSafe((*sql).to_owned()).into_sql_str();
        let expected = match engine {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
                let statement = connection.prepare(sql.clone()).await.unwrap();
                statement.parameters().map(|either| match either {
                    Either::Left(types) => types.len(),
                    Either::Right(count) => count,
                })
            }
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&database.url).await.unwrap();
                let statement = connection.prepare(sql.clone()).await.unwrap();
                statement.parameters().map(|either| match either {
                    Either::Left(types) => types.len(),
                    Either::Right(count) => count,
                })
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
async fn what_is_stored_comes_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some((_database, store)) = migrated(engine).await else {
        return;
    };
    let new = new_user("ada@example.com");
    assert_eq!(store.create_user(&new).await.unwrap(), Created::Created);
    assert_eq!(
        store.user(new.user.id).await.unwrap().as_ref(),
        Some(&new.user)
    );
    assert_eq!(
        store.user_by_email(&new.user.email).await.unwrap().as_ref(),
        Some(&new.user)
    );
    let found = store
        .user_with_password(&new.user.email)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.user, new.user);
    assert_eq!(found.verifier.unwrap().expose(), "$phc$");
    assert_eq!(
        providers_of(&store, new.user.id).await,
        ["credentials", "email"]
    );
    assert_eq!(store.users(None, 10).await.unwrap(), [new.user]);

    let nobody = new_user("nobody@example.com").user;
    assert_eq!(store.user(nobody.id).await.unwrap(), None);
    assert!(
        store
            .user_with_password(&nobody.email)
            .await
            .unwrap()
            .is_none()
    );
}

#[rstest]
#[tokio::test]
async fn an_unproven_address_is_no_account(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((_database, store)) = migrated(engine).await else {
        return;
    };
    let mut user = new_user("ada@example.com").user;
    user.email_verified = None;
    let verifier = Verifier::new("$phc$".to_owned());
    let new = NewUser::with_password(user, verifier, now(), &Entropy::system()).unwrap();
    store.create_user(&new).await.unwrap();
    assert_eq!(providers_of(&store, new.user.id).await, ["credentials"]);
}

#[rstest]
#[tokio::test]
async fn an_address_has_one_user_and_the_second_leaves_nothing_behind(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((database, store)) = migrated(engine).await else {
        return;
    };
    let all: Vec<_> = (0..20).map(|_| new_user("ada@example.com")).collect();
    let created = join_all(all.iter().map(|new| store.create_user(new))).await;
    let created: Vec<_> = created.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        created
            .iter()
            .filter(|created| **created == Created::Created)
            .count(),
        1
    );
    for (table, rows) in [("users", 1), ("accounts", 2), ("credentials", 1)] {
        let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
        assert_eq!(
            column(engine, &database.url, &sql).await,
            [rows.to_string()],
            "{table}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_user_is_stored_whole_or_not_at_all(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((_database, store)) = migrated(engine).await else {
        return;
    };
    let ada = new_user("ada@example.com");
    store.create_user(&ada).await.unwrap();
    let mut bob = new_user("bob@example.com");
    // The last of the four inserts fails.
    bob.password.id = ada.password.id;
    assert!(store.create_user(&bob).await.is_err());
    assert_eq!(store.user(bob.user.id).await.unwrap(), None);
    assert_eq!(
        providers_of(&store, bob.user.id).await,
        Vec::<String>::new()
    );
}

#[rstest]
#[tokio::test]
async fn everything_of_a_user_goes_with_the_user(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((database, store)) = migrated(engine).await else {
        return;
    };
    store
        .create_user(&new_user("ada@example.com"))
        .await
        .unwrap();
    column(engine, &database.url, "DELETE FROM users RETURNING email").await;
    for table in ["accounts", "credentials"] {
        let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
        assert_eq!(column(engine, &database.url, &sql).await, ["0"], "{table}");
    }
}

#[rstest]
#[tokio::test]
async fn an_epoch_is_replaced_by_whoever_comes_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((_database, store)) = migrated(engine).await else {
        return;
    };
    let new = new_user("ada@example.com");
    store.create_user(&new).await.unwrap();
    let (id, old) = (new.user.id, new.user.session_epoch);
    let later = now() + TimeDelta::seconds(1);
    let replaced = join_all((0..10).map(|_| store.replace_epoch_if(id, old, fresh(), later))).await;
    assert_eq!(
        replaced
            .into_iter()
            .filter(|replaced| *replaced.as_ref().unwrap())
            .count(),
        1
    );
    let user = store.user(id).await.unwrap().unwrap();
    assert_ne!(user.session_epoch, old);
    assert_eq!(user.updated_at, later);
    assert_eq!(user.link_epoch, new.user.link_epoch);

    let epoch = fresh();
    assert!(store.set_active(id, false, epoch, later).await.unwrap());
    let user = store.user(id).await.unwrap().unwrap();
    assert_eq!((user.is_active, user.session_epoch), (false, epoch));
    assert!(
        !store
            .replace_epoch_if(id, epoch, fresh(), later)
            .await
            .unwrap()
    );
    assert!(store.replace_epoch(id, fresh(), later).await.unwrap());

    let nobody = new_user("nobody@example.com").user.id;
    assert!(!store.replace_epoch(nobody, fresh(), later).await.unwrap());
    assert!(
        !store
            .set_active(nobody, true, fresh(), later)
            .await
            .unwrap()
    );
}

#[rstest]
#[tokio::test]
async fn a_verifier_is_replaced_only_while_it_is_the_old_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((_database, store)) = migrated(engine).await else {
        return;
    };
    let new = new_user("ada@example.com");
    store.create_user(&new).await.unwrap();
    let id = new.user.id;
    let [old, newer, other] = ["$phc$", "$new$", "$other$"].map(|text| Verifier::new(text.into()));
    assert!(
        store
            .replace_verifier(id, &old, &newer, now())
            .await
            .unwrap()
    );
    assert!(
        !store
            .replace_verifier(id, &old, &other, now())
            .await
            .unwrap()
    );
    let found = store
        .user_with_password(&new.user.email)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.verifier, Some(newer));
}

#[rstest]
#[tokio::test]
async fn users_are_listed_in_pages(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some((_database, store)) = migrated(engine).await else {
        return;
    };
    for n in 0..5 {
        store
            .create_user(&new_user(&format!("user{n}@example.com")))
            .await
            .unwrap();
    }
    let mut seen = vec![];
    let mut after = None;
    loop {
        let page = store.users(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|user| user.id));
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
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
    assert_eq!(store.schema().await.unwrap(), Schema::Behind(3));
    assert_eq!(store.migrate().await.unwrap(), 3);
    assert_eq!(store.schema().await.unwrap(), Schema::Ready);
    assert_eq!(store.migrate().await.unwrap(), 0);
}

#[tokio::test]
async fn two_processes_that_migrate_at_once_do_not_collide() {
    let Some(database) = TestDatabase::on(Engine::Postgres).await else {
        return;
    };
    let (one, other) = (open(&database.url), open(&database.url));
    let (one, other) = tokio::join!(one.migrate(), other.migrate());
    assert!(one.is_ok() && other.is_ok());
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
        let sql = AssertSqlSafe(format!("ALTER TABLE {table} ADD COLUMN later TEXT"));
        match engine {
            Engine::Sqlite => {
                SqliteConnection::connect(&database.url)
                    .await
                    .unwrap()
                    .execute(sql)
                    .await
                    .unwrap();
            }
            Engine::Postgres => {
                PgConnection::connect(&database.url)
                    .await
                    .unwrap()
                    .execute(sql)
                    .await
                    .unwrap();
            }
        }
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
    assert_eq!(store.create_user(&bob).await.unwrap(), Created::Created);
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
    assert!(refused.contains("migration 3 was broken off"), "{refused}");
    let tamper = "UPDATE _sqlx_migrations SET success = true, checksum = execution_time::text::bytea \
                  WHERE version = 3 RETURNING description";
    let tamper = match engine {
        Engine::Sqlite => tamper.replace("execution_time::text::bytea", "x'00'"),
        Engine::Postgres => tamper.to_owned(),
    };
    column(engine, &database.url, &tamper).await;
    let refused = store.schema().await.unwrap_err().to_string();
    assert!(
        refused.contains("migration 3 is not that of this program"),
        "{refused}"
    );
}

#[rstest]
#[tokio::test]
async fn every_epoch_is_replaced_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some((_database, store)) = migrated(engine).await else {
        return;
    };
    for n in 0..3 {
        store
            .create_user(&new_user(&format!("user{n}@example.com")))
            .await
            .unwrap();
    }
    let before = store.users(None, 10).await.unwrap();
    assert_eq!(store.replace_every_epoch(fresh(), now()).await.unwrap(), 3);
    let after = store.users(None, 10).await.unwrap();
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(b, a)| b.session_epoch != a.session_epoch)
    );
}

#[tokio::test]
async fn a_store_says_nothing_of_its_password() {
    let settings = Database {
        url: "postgres://signet:hunter2@localhost/x".to_owned().into(),
        connections: 1,
        timeout: std::time::Duration::from_secs(1),
    };
    let store = Store::new(&settings).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(!format!("{store:?}").contains("hunter2"));
}
