//! Replicas confirm logins, and the primary refuses.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use signet::{
    config::DatabaseConfig,
    store::{ServerRole, Store},
};
use tokio::task::JoinHandle;

use super::database_defaults;
use crate::support::{ApiClient, PASSWORD, TestService, replication::ReplicatedPostgres};

const ADA: &str = "ada@example.com";

const ANOTHER_PASSWORD: &str = "four wild geese over the lake";

/// Closes the sessions of operations at a server, other than those of probes.
const CLOSE_SESSIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND query NOT LIKE '%pg_control_system%'";

/// A service on both servers, whose probes run.
async fn watched(servers: &ReplicatedPostgres, settings: &str) -> (TestService, JoinHandle<()>) {
    let settings = format!(
        "issuer = 'http://127.0.0.1:8080'\ndatabase.replicas = '{}'\n{settings}",
        servers.url(1)
    );
    let service = TestService::in_database(servers.database(), &settings, None).await;
    let store = service.app.store.clone();
    let watching = tokio::spawn(async move {
        store.watch_servers().await;
    });
    (service, watching)
}

/// Waits until a condition holds.
async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..400 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} does not come");
}

/// The answers to what needs the primary after its loss.
async fn assert_primary_is_missed(ada: &ApiClient<'_>) {
    for answer in [
        ada.log_in(ADA, "a wrong password").await,
        ada.log_in("nobody@example.com", PASSWORD).await,
        ada.get("/me").await,
        ada.post("/logout/everywhere", json!({})).await,
    ] {
        answer.assert_problem(503, "unavailable");
        assert!(
            answer.headers.contains_key("retry-after"),
            "{}",
            answer.text()
        );
    }
}

/// The first server comes back and accepts writes, which no node and no command uses.
async fn assert_fork_is_not_used(service: &TestService, servers: &ReplicatedPostgres) {
    let store = &service.app.store;
    servers.until_probed(0).await;
    assert_eq!(store.replication().servers[0].role, ServerRole::Unreachable);
    let command = Store::new(&service.app.config.database).unwrap();
    command.depose_former_primaries().await;
    let email = ADA.parse().unwrap();
    let found = command.user_by_email(&email).await.unwrap().unwrap();
    let present = store.user_by_email(&email).await.unwrap().unwrap();
    assert_eq!(found.session_epoch, present.session_epoch);
}

/// The checks of a start pass before the first migration, and directly after it.
async fn assert_can_be_migrated(servers: &ReplicatedPostgres) {
    let settings = DatabaseConfig {
        url: SecretString::from(servers.database().url.as_str()).into(),
        replicas: vec![servers.url(1).into()],
        ..database_defaults()
    };
    let store = Store::new(&settings).unwrap();
    store.check_database().await.unwrap();
    store.migrate().await.unwrap();
    store.check_database().await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_replica_confirms_and_only_the_primary_refuses() {
    let mut servers = ReplicatedPostgres::start();
    assert_can_be_migrated(&servers).await;
    let (service, watching) = watched(&servers, "database.max_lag = '10s'").await;
    let store = &service.app.store;
    let mut ada = service.signed_up(ADA).await;
    until("a fresh replica", || store.fresh_replica().is_some()).await;

    // What the replica has not replayed yet is true at once.
    servers.execute(1, "SELECT pg_wal_replay_pause()").await;
    let changed = json!({"new_password": ANOTHER_PASSWORD});
    let changed = ada.send_json("PUT", "/password", changed).await;
    ada.keep(changed.assert_status(200));
    let before = service.app.hasher.performed();
    ada.log_in(ADA, ANOTHER_PASSWORD).await.assert_status(200);
    // The replica and the primary have different verifiers.
    assert_eq!(service.app.hasher.performed() - before, 2);
    ada.refresh().await.assert_status(200);
    service.signed_up("bob@example.com").await;
    let before = service.app.hasher.performed();
    ada.log_in("bob@example.com", PASSWORD)
        .await
        .assert_status(200);
    ada.log_in("bob@example.com", "a wrong password")
        .await
        .assert_problem(401, "invalid_credentials");
    ada.log_in("nobody@example.com", PASSWORD)
        .await
        .assert_problem(401, "invalid_credentials");
    assert_eq!(service.app.hasher.performed() - before, 5);
    // The old password counts until the replica lags more than database.max_lag.
    until("a replica that answers", || store.fresh_replica().is_some()).await;
    ada.log_in(ADA, PASSWORD).await.assert_status(200);
    until("a stale replica", || store.fresh_replica().is_none()).await;
    ada.log_in(ADA, PASSWORD)
        .await
        .assert_problem(401, "invalid_credentials");
    servers.execute(1, "SELECT pg_wal_replay_resume()").await;
    until("a fresh replica", || store.fresh_replica().is_some()).await;
    let before = service.app.hasher.performed();
    ada.log_in(ADA, ANOTHER_PASSWORD).await.assert_status(200);
    assert_eq!(service.app.hasher.performed() - before, 1);

    // Without a primary the replica confirms, and nobody refuses.
    let (strict, also_watching) = watched(&servers, "database.orphan_grace = '0s'").await;
    until("a fresh replica", || {
        strict.app.store.fresh_replica().is_some()
    })
    .await;
    servers.kill_primary();
    let is_lost = |service: &TestService| !service.app.store.replication().orphaned.is_zero();
    until("the loss", || is_lost(&service) && is_lost(&strict)).await;
    ada.log_in(ADA, ANOTHER_PASSWORD).await.assert_status(200);
    ada.refresh().await.assert_status(200);
    // A connection that was closed meanwhile is opened again.
    servers.execute(1, CLOSE_SESSIONS).await;
    ada.refresh().await.assert_status(200);
    until("a fresh replica", || store.fresh_replica().is_some()).await;
    ada.get("/readyz").await.assert_status(200);
    assert_primary_is_missed(&ada).await;
    let anon = strict.anon();
    anon.log_in(ADA, ANOTHER_PASSWORD)
        .await
        .assert_problem(503, "unavailable");
    anon.get("/readyz").await.assert_problem(503, "unavailable");

    // The replica is promoted.
    servers.promote_replica();
    until("the promotion", || store.replication().promotions == 1).await;
    ada.log_in(ADA, "a wrong password")
        .await
        .assert_problem(401, "invalid_credentials");
    ada.get("/me").await.assert_status(200);
    ada.post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    ada.refresh().await.assert_problem(401, "invalid_grant");
    let exposed = service.anon().get("/metrics").await;
    let exposed = exposed.text();
    let [first, second] = servers.ports;
    for line in [
        format!("signet_database_server{{server=\"127.0.0.1:{first}\",role=\"unreachable\"}} 1"),
        format!("signet_database_server{{server=\"127.0.0.1:{second}\",role=\"primary\"}} 1"),
        "signet_database_promotions_total 1".to_owned(),
        "signet_database_orphaned_seconds 0.0".to_owned(),
    ] {
        assert!(exposed.contains(&line), "{line}: {exposed}");
    }
    servers.restart_primary();
    assert_fork_is_not_used(&service, &servers).await;
    ada.refresh().await.assert_problem(401, "invalid_grant");
    watching.abort();
    also_watching.abort();
}
