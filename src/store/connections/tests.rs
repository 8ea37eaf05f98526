use std::time::Duration;

use futures_util::FutureExt;
use sqlx::{Sqlite, SqliteConnection, pool::PoolOptions};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;

/// A pool of at most `max` connections to an empty file, with a short acquire timeout.
fn connections(max: u32) -> (WarmPool<Sqlite>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/test.db?mode=rwc", folder.path().display());
    let pool = PoolOptions::new()
        .max_connections(max)
        .acquire_timeout(Duration::from_millis(200))
        .connect_lazy(&url)
        .unwrap();
    let rules = ConnectionRules {
        has_statement_names: true,
        fails_fast: false,
        has_other_candidates: false,
    };
    (
        WarmPool::new(pool, SecretString::default().into(), rules),
        folder,
    )
}

async fn mark(connection: &mut SqliteConnection) {
    let mark = sqlx::query("PRAGMA temp_store = MEMORY");
    mark.execute(connection).await.unwrap();
}

async fn is_marked(connection: &mut SqliteConnection) -> bool {
    let query = sqlx::query_scalar::<_, i64>("PRAGMA temp_store");
    query.fetch_one(connection).await.unwrap() == 2
}

#[tokio::test]
async fn the_connection_used_last_is_used_next() {
    let (connections, _folder) = connections(2);
    let first = connections.acquire().await.unwrap();
    let mut second = connections.acquire().await.unwrap();
    mark(second.get().unwrap()).await;
    first.release();
    second.release();
    for _ in 0..3 {
        let mut next = connections.acquire().await.unwrap();
        assert!(is_marked(next.get().unwrap()).await);
        next.release();
    }
}

#[tokio::test]
async fn connections_are_limited_and_a_waiting_caller_gets_the_next_free_one() {
    let (connections, _folder) = connections(2);
    let first = connections.acquire().await.unwrap();
    let second = connections.acquire().await.unwrap();
    let none = connections.acquire().await;
    assert!(matches!(none, Err(sqlx::Error::PoolTimedOut)));

    let waiting = tokio::spawn({
        let connections = connections.clone();
        async move { connections.acquire().await.map(PooledConnection::release) }
    });
    tokio::task::yield_now().await;
    first.release();
    waiting.await.unwrap().unwrap();
    second.release();
    assert_eq!(connections.pool().size(), 2);
}

#[tokio::test]
async fn connection_that_opens_too_late_for_its_caller_is_kept() {
    let (connections, _folder) = connections(1);
    assert!(connections.acquire().now_or_never().is_none());
    let permit = connections.0.permits.acquire().await.unwrap();
    assert_eq!(connections.0.lock_idle().connections.len(), 1);
    drop(permit);
}

#[tokio::test]
async fn empty_pool_is_warmed_up_with_one_connection() {
    let (connections, _folder) = connections(2);
    for _ in 0..2 {
        connections.warm_up();
        let opened = async {
            while connections.0.lock_idle().connections.is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(10), opened).await.unwrap();
    }
    assert_eq!(connections.pool().size(), 1);
}

#[tokio::test]
async fn every_way_to_end_an_operation_frees_its_permit() {
    let (connections, _folder) = connections(1);
    let ends: [fn(PooledConnection<Sqlite>); 4] = [
        PooledConnection::release,
        PooledConnection::close_after_timeout,
        PooledConnection::close,
        drop,
    ];
    for end in ends.into_iter().cycle().take(12) {
        end(connections.acquire().await.unwrap());
    }
    assert!(connections.pool().size() <= 1);
}

#[tokio::test]
async fn close_waits_for_connections_in_use_and_closes_all() {
    let (connections, _folder) = connections(2);
    let idle = connections.acquire().await.unwrap();
    let in_use = connections.acquire().await.unwrap();
    idle.release();
    let mut closing = std::pin::pin!(connections.close());
    assert!(
        timeout(Duration::from_millis(50), &mut closing)
            .await
            .is_err()
    );
    in_use.release();
    timeout(Duration::from_secs(10), closing).await.unwrap();
    assert_eq!(connections.pool().size(), 0);
    let none = connections.acquire().await;
    assert!(matches!(none, Err(sqlx::Error::PoolClosed)));
}
