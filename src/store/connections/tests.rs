use std::time::Duration;

use sqlx::{Sqlite, SqliteConnection, pool::PoolOptions};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;

/// A pool of that many connections to an empty file, with little patience.
fn connections(most: u32) -> (WarmPool<Sqlite>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
    let pool = PoolOptions::new()
        .max_connections(most)
        .acquire_timeout(Duration::from_millis(200))
        .connect_lazy(&url)
        .unwrap();
    (WarmPool::new(pool, SecretString::default().into()), folder)
}

async fn mark(connection: &mut SqliteConnection) {
    let mark = sqlx::query("PRAGMA temp_store = MEMORY");
    mark.execute(connection).await.unwrap();
}

async fn is_marked(connection: &mut SqliteConnection) -> bool {
    let ask = sqlx::query_scalar::<_, i64>("PRAGMA temp_store");
    ask.fetch_one(connection).await.unwrap() == 2
}

#[tokio::test]
async fn what_was_used_last_is_used_next() {
    let (connections, _folder) = connections(2);
    let first = connections.acquire().await.unwrap();
    let mut second = connections.acquire().await.unwrap();
    mark(second.get().unwrap()).await;
    first.keep();
    second.keep();
    for _ in 0..3 {
        let mut next = connections.acquire().await.unwrap();
        assert!(is_marked(next.get().unwrap()).await);
        next.keep();
    }
}

#[tokio::test]
async fn there_are_never_more_than_may_be_and_who_waits_gets_the_next() {
    let (connections, _folder) = connections(2);
    let first = connections.acquire().await.unwrap();
    let second = connections.acquire().await.unwrap();
    let none = connections.acquire().await;
    assert!(matches!(none, Err(sqlx::Error::PoolTimedOut)));

    let waiting = tokio::spawn({
        let connections = connections.clone();
        async move { connections.acquire().await.map(PooledConnection::keep) }
    });
    tokio::task::yield_now().await;
    first.keep();
    waiting.await.unwrap().unwrap();
    second.keep();
    assert_eq!(connections.pool().size(), 2);
}

#[tokio::test]
async fn however_a_connection_comes_back_its_place_is_free() {
    let (connections, _folder) = connections(1);
    let ways: [fn(PooledConnection<Sqlite>); 4] = [
        PooledConnection::keep,
        PooledConnection::timed_out,
        PooledConnection::close,
        drop,
    ];
    for way in ways.into_iter().cycle().take(12) {
        way(connections.acquire().await.unwrap());
    }
    assert!(connections.pool().size() <= 1);
}

#[tokio::test]
async fn the_end_waits_for_what_is_in_use_and_leaves_nothing_behind() {
    let (connections, _folder) = connections(2);
    let kept = connections.acquire().await.unwrap();
    let in_use = connections.acquire().await.unwrap();
    kept.keep();
    let mut end = std::pin::pin!(connections.close());
    assert!(timeout(Duration::from_millis(50), &mut end).await.is_err());
    in_use.keep();
    timeout(Duration::from_secs(10), end).await.unwrap();
    assert_eq!(connections.pool().size(), 0);
    let none = connections.acquire().await;
    assert!(matches!(none, Err(sqlx::Error::PoolClosed)));
}
