//! Provider accounts in the store: ownership and concurrency.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::{BoxFuture, Either, FutureExt, join_all, select};
use rstest_reuse::apply;
use signet::{
    entropy::Entropy,
    identity::{Account, AccountKind, External, User, UserId},
    store::{CreateOutcome, LinkOutcome, NewUser, Store},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tokio::time::sleep;

use super::{column, fresh, migrated, new_user, now, providers_of};
use crate::support::{Engine, TestDatabase, both_engines};

fn external(provider: &str, id: &str) -> External {
    External {
        kind: AccountKind::Oidc,
        provider: provider.to_owned(),
        provider_account_id: id.to_owned(),
    }
}

fn account(external: &External, user: UserId) -> Account {
    Account::external(external, user, now(), &Entropy::system()).unwrap()
}

fn by_provider(email: &str, external: &External) -> NewUser {
    let user = new_user(email).user;
    NewUser::with_external(user, external, now(), &Entropy::system()).unwrap()
}

async fn created(store: &Store, email: &str) -> User {
    let new = new_user(email);
    assert_eq!(
        store.create_user(&new).await.unwrap(),
        CreateOutcome::Created
    );
    new.user
}

async fn owner(store: &Store, external: &External) -> Option<User> {
    let (provider, id) = (&external.provider, &external.provider_account_id);
    let owner = store.user_by_account(provider, id).await.unwrap();
    owner.map(|owner| owner.user)
}

async fn assert_rows(engine: Engine, database: &TestDatabase, rows: [usize; 3]) {
    for (table, rows) in ["users", "accounts", "credentials"].into_iter().zip(rows) {
        let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
        let count = column(engine, &database.url, &sql).await;
        assert_eq!(count, [rows.to_string()], "{table}");
    }
}

/// Runs `work` during a foreign transaction with this statement. The transaction commits once
/// `work` waits for it or is done.
async fn during<T>(
    engine: Engine,
    database: &TestDatabase,
    sql: &str,
    mut work: BoxFuture<'_, T>,
) -> T {
    let sql = AssertSqlSafe(sql.to_owned());
    if engine == Engine::Sqlite {
        let mut other = SqliteConnection::connect(&database.url).await.unwrap();
        let mut transaction = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
        transaction.execute(sql).await.unwrap();
        // The work waits for the file lock, which cannot be observed.
        return tokio::join!(work, async { transaction.commit().await.unwrap() }).0;
    }
    let mut other = PgConnection::connect(&database.url).await.unwrap();
    let mut transaction = other.begin().await.unwrap();
    transaction.execute(sql).await.unwrap();
    let waiting = "SELECT pid::text FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits = async {
        for _ in 0..400 {
            if !column(engine, &database.url, waiting).await.is_empty() {
                return;
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("the work neither completed nor waited for a lock");
    };
    match select(&mut work, Box::pin(waits)).await {
        Either::Left((done, _)) => {
            transaction.commit().await.unwrap();
            done
        }
        Either::Right(_) => tokio::join!(work, async { transaction.commit().await.unwrap() }).0,
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn user_is_identified_by_account_not_by_email(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let google = external("google", "Ada-1");
    let ada = by_provider("ada@example.com", &google);
    assert_eq!(
        store.create_user(&ada).await.unwrap(),
        CreateOutcome::Created
    );
    assert_eq!(owner(&store, &google).await.as_ref(), Some(&ada.user));
    assert_eq!(providers_of(&store, ada.user.id).await, ["email", "google"]);
    let accounts = store.accounts_of(ada.user.id).await.unwrap();
    assert_eq!(accounts[1], ada.accounts[0]);
    let found = store.user_and_password(ada.user.id).await.unwrap().unwrap();
    assert!(found.verifier.is_none());

    for (provider, id) in [
        ("google", "ada-1"),
        ("google", "Ada-1 "),
        ("google", "ada@example.com"),
        ("google", ""),
        ("Google", "Ada-1"),
        ("https://accounts.google.com", "Ada-1"),
        ("email", "Ada-1"),
    ] {
        let found = owner(&store, &external(provider, id)).await;
        assert_eq!(found, None, "{provider} {id}");
    }
}

#[apply(both_engines)]
#[tokio::test]
async fn unverified_provider_user_has_the_provider_account_only(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let mut user = new_user("ada@example.com").user;
    user.email_verified = None;
    let (github, entropy) = (external("github", "1"), Entropy::system());
    let new = NewUser::with_external(user, &github, now(), &entropy).unwrap();
    store.create_user(&new).await.unwrap();
    assert_eq!(providers_of(&store, new.user.id).await, ["github"]);
}

#[apply(both_engines)]
#[tokio::test]
async fn twenty_concurrent_first_logins_create_one_user(
    engine: Engine,
    #[values("ada@example.com", "ada{}@example.com")] address: &str,
) {
    let (database, store) = migrated(engine).await;
    let google = external("google", "1");
    let all: Vec<_> = (0..20)
        .map(|n| by_provider(&address.replace("{}", &n.to_string()), &google))
        .collect();
    let come = async |new: &NewUser| {
        let created = store.create_user(new).await.unwrap();
        // The losers read again and log in.
        (created, owner(&store, &google).await.unwrap())
    };
    let came = join_all(all.iter().map(come)).await;
    let made = came.iter().filter(|(it, _)| *it == CreateOutcome::Created);
    assert_eq!(made.count(), 1);
    let first = &came[0].1;
    assert!(came.iter().all(|(_, owner)| owner == first));
    assert_rows(engine, &database, [1, 2, 0]).await;
}

#[apply(both_engines)]
#[tokio::test]
async fn user_with_a_taken_account_is_not_stored(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let google = external("google", "1");
    let ada = by_provider("ada@example.com", &google);
    store.create_user(&ada).await.unwrap();
    let bob = by_provider("bob@example.com", &google);
    assert_eq!(store.create_user(&bob).await.unwrap(), CreateOutcome::Taken);
    assert_eq!(owner(&store, &google).await, Some(ada.user));
    assert_rows(engine, &database, [1, 2, 0]).await;
    // The email and the id stay available.
    let mut bob = bob;
    bob.accounts[0].provider_account_id = "2".to_owned();
    assert_eq!(
        store.create_user(&bob).await.unwrap(),
        CreateOutcome::Created
    );
}

#[apply(both_engines)]
#[tokio::test]
async fn email_links_an_account_to_its_verified_user_only(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let ada = created(&store, "ada@example.com").await;
    let bob = created(&store, "bob@example.com").await;
    let google = external("google", "1");
    let join = async |to: UserId, email: &str| {
        let (account, email) = (account(&google, to), email.parse().unwrap());
        let joined = store.join_account_if_verified(&account, &email);
        joined.await.unwrap()
    };
    let change = async |sql: &str| {
        let sql = format!("UPDATE users SET {sql} WHERE email = 'ada@example.com'");
        database.execute(&sql).await;
    };
    // The email of another user, an unused email, and no user.
    assert!(!join(ada.id, "bob@example.com").await);
    assert!(!join(ada.id, "nobody@example.com").await);
    assert!(!join(new_user("ada@example.com").user.id, "ada@example.com").await);
    change("email_verified = NULL").await;
    assert!(!join(ada.id, "ada@example.com").await);
    change("email_verified = created_at, is_active = FALSE").await;
    assert!(!join(ada.id, "ada@example.com").await);
    change("email = 'ada@example.net', is_active = TRUE").await;
    assert!(!join(ada.id, "ada@example.com").await);
    assert_eq!(owner(&store, &google).await, None);

    let before = store.user(ada.id).await.unwrap();
    assert!(join(ada.id, "ada@example.net").await);
    assert_eq!(owner(&store, &google).await, before, "the row is as it was");
    let joined = &store.accounts_of(ada.id).await.unwrap()[2];
    assert_eq!(joined.kind, AccountKind::Oidc);
    assert_eq!((joined.user_id, joined.created_at), (ada.id, now()));

    // One join is stored, and an owned account keeps its owner.
    assert!(!join(ada.id, "ada@example.net").await);
    assert!(!join(bob.id, "bob@example.com").await);
    assert_eq!(owner(&store, &google).await, before);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_joins_is_stored(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let join = async |user: &User, account: &Account| {
        let joined = store.join_account_if_verified(account, &user.email);
        joined.await.unwrap()
    };
    let joined = twenty_at_once(&store, join).await;
    assert!(joined.iter().all(|(joined, is_owner)| !joined || *is_owner));
    assert_eq!(joined.iter().filter(|(joined, _)| *joined).count(), 1);
    assert_rows(engine, &database, [2, 5, 2]).await;
}

/// Two users link one account, ten concurrent times each. Returns each result and whether the
/// account was theirs.
async fn twenty_at_once<T>(
    store: &Store,
    ask: impl AsyncFn(&User, &Account) -> T,
) -> Vec<(T, bool)> {
    let users = ["ada@example.com", "bob@example.com"].map(|email| created(store, email));
    let users = join_all(users).await;
    let google = external("google", "1");
    let one = async |n: usize| {
        let user = &users[n % 2];
        let told = ask(user, &account(&google, user.id)).await;
        let owner = owner(store, &google).await.unwrap();
        (told, owner.id == user.id)
    };
    join_all((0..20).map(one)).await
}

#[apply(both_engines)]
#[tokio::test]
async fn deleted_user_gets_no_account_by_join(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let ada = created(&store, "ada@example.com").await;
    let account = account(&external("google", "1"), ada.id);
    let join = store.join_account_if_verified(&account, &ada.email);
    let joined = during(engine, &database, "DELETE FROM users", join.boxed()).await;
    assert!(!joined.unwrap());
    assert_rows(engine, &database, [0, 0, 0]).await;
}

#[apply(both_engines)]
#[tokio::test]
async fn account_is_linked_to_active_users_only(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = created(&store, "ada@example.com").await;
    let bob = created(&store, "bob@example.com").await;
    let google = external("google", "1");
    let link = async |user: &User| {
        let mut account = account(&google, user.id);
        account.created_at = now() + TimeDelta::seconds(1);
        let linked = store.link_account_if(user.session_epoch, &account).await;
        (linked.unwrap(), account)
    };
    let mut stale = ada.clone();
    stale.session_epoch = fresh();
    assert_eq!(link(&stale).await.0, LinkOutcome::Ended);
    assert_eq!(
        link(&new_user("x@example.com").user).await.0,
        LinkOutcome::Ended
    );
    let disabled = fresh();
    let off = store.set_active(ada.id, false, disabled, now()).await;
    assert!(off.unwrap());
    stale.session_epoch = disabled;
    assert_eq!(link(&stale).await.0, LinkOutcome::Ended);
    assert_eq!(owner(&store, &google).await, None);

    let on = store.set_active(ada.id, true, ada.session_epoch, now());
    assert!(on.await.unwrap());
    let (linked, made) = link(&ada).await;
    assert_eq!(linked, LinkOutcome::Linked);
    let after = store.user(ada.id).await.unwrap().unwrap();
    // The link ends no session.
    assert_eq!(after.session_epoch, ada.session_epoch);
    assert_eq!(after.updated_at, made.created_at);

    assert_eq!(link(&ada).await.0, LinkOutcome::AlreadyLinked(made));
    assert_eq!(link(&bob).await.0, LinkOutcome::Taken);
    assert_eq!(store.user(bob.id).await.unwrap(), Some(bob));
    assert_eq!(owner(&store, &google).await, Some(after));
}

#[apply(both_engines)]
#[tokio::test]
async fn link_fails_after_the_sessions_end(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let ada = created(&store, "ada@example.com").await;
    let google = external("google", "1");
    let account = account(&google, ada.id);
    let link = store.link_account_if(ada.session_epoch, &account);
    let end = "UPDATE users SET session_epoch = 7";
    let linked = during(engine, &database, end, link.boxed()).await;
    assert_eq!(linked.unwrap(), LinkOutcome::Ended);
    assert_eq!(owner(&store, &google).await, None);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_links_is_stored(engine: Engine) {
    let (database, store) = migrated(engine).await;
    let link = async |user: &User, account: &Account| {
        let linked = store.link_account_if(user.session_epoch, account);
        linked.await.unwrap()
    };
    let linked = twenty_at_once(&store, link).await;
    let is_true =
        |(linked, is_owner): &(LinkOutcome, bool)| (*linked != LinkOutcome::Taken) == *is_owner;
    assert!(linked.iter().all(is_true), "{linked:?}");
    let count = |of: &dyn Fn(&LinkOutcome) -> bool| linked.iter().filter(|it| of(&it.0)).count();
    assert_eq!(count(&|it| *it == LinkOutcome::Linked), 1);
    assert_eq!(count(&|it| *it == LinkOutcome::Taken), 10);
    assert_eq!(count(&|it| *it == LinkOutcome::Ended), 0);
    assert_rows(engine, &database, [2, 5, 2]).await;
}

#[apply(both_engines)]
#[tokio::test]
async fn unlink_and_epoch_change_are_atomic(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let (ada, bob) = (external("google", "ada"), external("google", "bob"));
    let bobs = by_provider("bob@example.com", &bob);
    store.create_user(&bobs).await.unwrap();
    let ada = by_provider("ada@example.com", &ada);
    store.create_user(&ada).await.unwrap();
    let NewUser { user, accounts, .. } = &ada;
    let (epoch, later) = (fresh(), now() + TimeDelta::seconds(1));
    let unlink = async |old, account: &Account| {
        let unlinked = store.unlink_account_if(user.id, old, epoch, account.id, later);
        unlinked.await.unwrap()
    };
    assert!(!unlink(fresh(), &accounts[0]).await);
    assert!(!unlink(user.session_epoch, &bobs.accounts[0]).await);
    assert_eq!(store.user(user.id).await.unwrap().as_ref(), Some(user));
    assert!(owner(&store, &bob).await.is_some());

    assert!(unlink(user.session_epoch, &accounts[0]).await);
    assert_eq!(providers_of(&store, user.id).await, ["email"]);
    let after = store.user(user.id).await.unwrap().unwrap();
    assert_eq!((after.session_epoch, after.updated_at), (epoch, later));
    let bob = bobs.user;
    assert_eq!(store.user(bob.id).await.unwrap().as_ref(), Some(&bob));
    // The account is free and can be linked by another user.
    let other = account(&external("google", "ada"), bob.id);
    let linked = store.link_account_if(bob.session_epoch, &other).await;
    assert_eq!(linked.unwrap(), LinkOutcome::Linked);
}

#[apply(both_engines)]
#[tokio::test]
async fn one_of_twenty_concurrent_unlinks_succeeds(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = created(&store, "ada@example.com").await;
    let accounts = (0..20).map(|n| account(&external("google", &n.to_string()), ada.id));
    let accounts: Vec<_> = accounts.collect();
    for account in &accounts {
        let linked = store.link_account_if(ada.session_epoch, account).await;
        assert_eq!(linked.unwrap(), LinkOutcome::Linked);
    }
    let old = ada.session_epoch;
    let unlink = |it: &Account| store.unlink_account_if(ada.id, old, fresh(), it.id, now());
    let unlinked = join_all(accounts.iter().map(unlink)).await;
    let done = unlinked.into_iter().filter(|it| *it.as_ref().unwrap());
    assert_eq!(done.count(), 1);
    assert_eq!(store.accounts_of(ada.id).await.unwrap().len(), 2 + 19);
}

/// An email that the provider has reassigned to another account identifies no user.
#[apply(both_engines)]
#[tokio::test]
async fn email_links_one_account_of_each_provider(engine: Engine) {
    let (_database, store) = migrated(engine).await;
    let ada = created(&store, "ada@example.com").await;
    let email = "ada@example.com".parse().unwrap();
    for (provider, id, joins) in [
        ("google", "1", true),
        ("google", "2", false),
        ("apple", "2", true),
        ("apple", "3", false),
    ] {
        let account = account(&external(provider, id), ada.id);
        let joined = store.join_account_if_verified(&account, &email);
        assert_eq!(joined.await.unwrap(), joins, "{provider} {id}");
    }
}
