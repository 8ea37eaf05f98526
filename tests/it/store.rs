//! The store, on both engines.

mod accounts;
mod acknowledged;
mod budget;
mod commits;
mod factors;
mod links;
mod lists;
mod lost_connections;
mod model;
mod network_faults;
mod outages;
mod poolers;
mod replaced_file;
mod replicas;
mod rotated_password;
mod schema;
#[cfg(feature = "simulation")]
mod simulated;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use futures_util::future::join_all;
use rstest_reuse::apply;
use signet::{
    config::{Config, DatabaseConfig, FlagSettings, SettingSources},
    entropy::Entropy,
    identity::{CredentialKind, Epoch, StoredVerifier, User, UserId},
    store::{CreateOutcome, NewUser, Store},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::support::{Engine, TestDatabase, both_engines};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

/// The settings of a database without a URL.
fn database_defaults() -> DatabaseConfig {
    let sources = SettingSources::new(("signet.toml", ""), [], FlagSettings::default());
    Config::load(sources.unwrap()).unwrap().database
}

fn open(url: &str) -> Store {
    open_with(url, database_defaults().statement_cache)
}

fn open_with(url: &str, statement_cache: usize) -> Store {
    let settings = DatabaseConfig {
        statement_cache,
        url: secrecy::SecretString::from(url).into(),
        connections: 8,
        timeout: std::time::Duration::from_secs(10),
        ..database_defaults()
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

async fn migrated(engine: Engine) -> (TestDatabase, Store) {
    let database = TestDatabase::on(engine).await;
    let store = open(&database.url);
    store.migrate().await.unwrap();
    (database, store)
}

fn new_user(email: &str) -> NewUser {
    let entropy = Entropy::system();
    let id = UserId::new(now(), &entropy).unwrap();
    let name = Some("Ada \u{1f469}\u{200d}\u{1f52c}".parse().unwrap());
    let user = User::new(id, email.parse().unwrap(), name, now(), &entropy).unwrap();
    NewUser::with_password(
        user,
        StoredVerifier::new("$phc$".to_owned()),
        now(),
        &entropy,
    )
    .unwrap()
}

fn fresh() -> Epoch {
    Epoch::fresh(&Entropy::system()).unwrap()
}

/// The values in the first column of a query.
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

#[apply(both_engines)]
#[tokio::test]
async fn stored_user_is_read_back(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let new = new_user("ada@example.com");
    assert_eq!(
        store.create_user(&new).await.unwrap(),
        CreateOutcome::Created
    );
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

#[apply(both_engines)]
#[tokio::test]
async fn unverified_email_creates_no_email_account(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let mut user = new_user("ada@example.com").user;
    user.email_verified = None;
    let verifier = StoredVerifier::new("$phc$".to_owned());
    let new = NewUser::with_password(user, verifier, now(), &Entropy::system()).unwrap();
    store.create_user(&new).await.unwrap();
    assert_eq!(providers_of(&store, new.user.id).await, ["credentials"]);
}

#[apply(both_engines)]
#[tokio::test]
async fn second_user_of_an_email_is_not_stored(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let all: Vec<_> = (0..20).map(|_| new_user("ada@example.com")).collect();
    let created = join_all(all.iter().map(|new| store.create_user(new))).await;
    let created: Vec<_> = created.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        created
            .iter()
            .filter(|created| **created == CreateOutcome::Created)
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

#[apply(both_engines)]
#[tokio::test]
async fn user_is_stored_atomically(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = new_user("ada@example.com");
    store.create_user(&ada).await.unwrap();
    let mut bob = new_user("bob@example.com");
    // The last of the four inserts fails.
    bob.password.as_mut().unwrap().id = ada.password.unwrap().id;
    assert!(store.create_user(&bob).await.is_err());
    assert_eq!(store.user(bob.user.id).await.unwrap(), None);
    assert_eq!(
        providers_of(&store, bob.user.id).await,
        Vec::<String>::new()
    );
}

#[apply(both_engines)]
#[tokio::test]
async fn deletion_removes_every_row_of_a_user(engine: Engine) {
    let (database, store) = migrated(engine).await;
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

#[apply(both_engines)]
#[tokio::test]
async fn epoch_is_replaced_once(engine: Engine) {
    let (_database, store) = migrated(engine).await;
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

#[apply(both_engines)]
#[tokio::test]
async fn verifier_is_replaced_only_if_unchanged(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let new = new_user("ada@example.com");
    store.create_user(&new).await.unwrap();
    let id = new.user.id;
    let [old, newer, other] =
        ["$phc$", "$new$", "$other$"].map(|text| StoredVerifier::new(text.into()));
    assert!(
        store
            .replace_verifier(id, CredentialKind::Password, (&old, &newer), now())
            .await
            .unwrap()
    );
    assert!(
        !store
            .replace_verifier(id, CredentialKind::Password, (&old, &other), now())
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

#[apply(both_engines)]
#[tokio::test]
async fn users_are_listed_in_pages(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    for n in 0..5 {
        store
            .create_user(&new_user(&format!("user{n}@example.com")))
            .await
            .unwrap();
    }
    let mut seen = vec![];
    let mut after = None;
    for _ in 0..10 {
        let page = store.users(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|user| user.id));
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
}

#[apply(both_engines)]
#[tokio::test]
async fn all_epochs_are_replaced_together(engine: Engine) {
    let (_database, store) = migrated(engine).await;
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
async fn debug_output_hides_the_database_password() {
    let settings = DatabaseConfig {
        url: secrecy::SecretString::from("postgres://signet:hunter2@localhost/x").into(),
        connections: 1,
        timeout: std::time::Duration::from_secs(1),
        ..database_defaults()
    };
    let store = Store::new(&settings).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(!format!("{store:?}").contains("hunter2"));
}
