//! Two nodes that share a database and a folder of keys, whose keys and secrets rotate under load,
//! and leak: real programs, real time.

mod consumer;
mod leaks;
mod load;
mod nodes;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use rstest::rstest;
use serde_json::json;

use self::{
    leaks::a_key_and_a_secret_leak_under_load,
    load::{Report, under_load},
    nodes::Nodes,
};
use crate::support::{Engine, PASSWORD, TestDatabase};

/// A key signs for some six seconds: one until its successor is written, five until that signs.
const BRIEF: &[(&str, &str)] = &[
    ("SIGNET_KEYS__ROTATE_AFTER", "1s"),
    ("SIGNET_KEYS__PUBLISH_AHEAD", "5s"),
    ("SIGNET_KEYS__RETIRE_AFTER", "6s"),
    ("SIGNET_TOKENS__ACCESS_LIFETIME", "3s"),
    ("SIGNET_TOKENS__REFRESH_IDLE", "18s"),
    ("SIGNET_TOKENS__SIGN_UP_LIFETIME", "18s"),
    ("SIGNET_TOKENS__LEEWAY", "1s"),
];

/// How often keys and secrets take over from each other before anybody is satisfied.
const TAKEOVERS: usize = 4;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn slow_keys_and_secrets_rotate_under_load_and_nobody_notices(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    tokio::task::block_in_place(|| rotate_under_load(&mut Nodes::start(&database, BRIEF)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn slow_what_has_leaked_is_refused_and_only_its_holders_notice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(database) = TestDatabase::on(engine).await else {
        return;
    };
    tokio::task::block_in_place(|| {
        a_key_and_a_secret_leak_under_load(&mut Nodes::start(&database, &[]));
    });
}

fn rotate_under_load(nodes: &mut Nodes) {
    nodes.both[0].sign_up("ada@example.com", PASSWORD);
    nodes.both[0].post("/signup", &json!({"email": "bob@example.com"}));
    let first_secret = nodes.files(".secret");
    let link = nodes.both[0].printed_token();
    assert!(first_secret.contains(&format!("{}.secret", &link[1..17])));

    let nodes = &*nodes;
    let pauses = [20, 20, 50, 300, 1000, 2500];
    let report = under_load(nodes, &nodes.consumer(), &pauses, |report| {
        let mut confirmed = false;
        let takeovers = || {
            let signers = report.signers.lock().unwrap();
            signers.each_ref().map(|kids| kids.len().saturating_sub(1))
        };
        let begun = Instant::now();
        // Until that has happened often enough, and what signed first is gone.
        while takeovers().iter().any(|takeovers| *takeovers < TAKEOVERS)
            || nodes.files(".secret").is_superset(&first_secret)
        {
            assert_nobody_noticed(report);
            assert!(
                begun.elapsed() < Duration::from_mins(2),
                "{:?}",
                takeovers()
            );
            // As timers on both nodes would.
            thread::scope(|both| {
                let turn = || nodes.keys(&["rotate"]);
                both.spawn(turn);
                both.spawn(turn);
            });
            nodes.keys(&["prune"]);
            if takeovers()[1] >= 1 && !confirmed {
                // A link that was sealed with the secret before is good on the other node.
                let body = json!({"token": link, "password": PASSWORD});
                assert_eq!(nodes.both[1].post("/signup/confirm", &body).0, 201);
                confirmed = true;
            }
            thread::sleep(Duration::from_millis(300));
        }
        assert!(confirmed);
    });
    assert_nobody_noticed(&report);
    let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
    let (refreshes, verifications) = (count(&report.refreshes), count(&report.verifications));
    assert!(
        refreshes > 100 && verifications > 100,
        "{refreshes}, {verifications}"
    );
}

fn assert_nobody_noticed(report: &Report) {
    assert_eq!(*report.failed.lock().unwrap(), []);
    assert_eq!(*report.refused.lock().unwrap(), []);
}
