//! Two processes with a shared database and key folder: key rotation and leaked keys under load, in
//! real time.

mod consumer;
mod leaks;
mod load;
mod nodes;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use rstest_reuse::apply;
use serde_json::json;

use self::{
    leaks::leak_under_load,
    load::{Report, under_load},
    nodes::Nodes,
};
use crate::support::{Engine, PASSWORD, TestDatabase, both_engines};

/// A key signs for about six seconds: one until its successor is written, and five until the
/// successor signs.
const SHORT_LIFETIMES: &[(&str, &str)] = &[
    ("SIGNET_KEYS__ROTATE_AFTER", "1s"),
    ("SIGNET_KEYS__PUBLISH_AHEAD", "5s"),
    ("SIGNET_KEYS__RETIRE_AFTER", "6s"),
    ("SIGNET_TOKENS__ACCESS_LIFETIME", "3s"),
    ("SIGNET_TOKENS__REFRESH_IDLE", "18s"),
    ("SIGNET_SSO__IDLE", "18s"),
    ("SIGNET_TOKENS__SIGN_UP_LIFETIME", "18s"),
    ("SIGNET_TOKENS__LEEWAY", "1s"),
];

/// The number of key changes that the test waits for.
const TAKEOVERS: usize = 4;

#[apply(both_engines)]
#[tokio::test(flavor = "multi_thread")]
async fn slow_key_rotation_under_load_loses_no_request(engine: Engine) {
    let database = TestDatabase::on(engine).await;
    tokio::task::block_in_place(|| {
        rotate_under_load(&mut Nodes::start(&database, SHORT_LIFETIMES));
    });
}

#[apply(both_engines)]
#[tokio::test(flavor = "multi_thread")]
async fn slow_leaked_keys_are_rejected_without_affecting_other_sessions(engine: Engine) {
    let database = TestDatabase::on(engine).await;
    tokio::task::block_in_place(|| {
        leak_under_load(&mut Nodes::start(&database, &[]));
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
        // Until enough keys have changed and the first secret is removed.
        while takeovers().iter().any(|takeovers| *takeovers < TAKEOVERS)
            || nodes.files(".secret").is_superset(&first_secret)
        {
            assert_no_failures(report);
            assert!(
                begun.elapsed() < Duration::from_mins(2),
                "{:?}",
                takeovers()
            );
            // Like timers on both nodes.
            thread::scope(|both| {
                let turn = || nodes.keys(&["rotate"]);
                both.spawn(turn);
                both.spawn(turn);
            });
            nodes.keys(&["prune"]);
            if takeovers()[1] >= 1 && !confirmed {
                // A link that was sealed with the previous secret works on the other node.
                let body = json!({"token": link, "password": PASSWORD});
                assert_eq!(nodes.both[1].post("/signup/confirm", &body).0, 201);
                confirmed = true;
            }
            thread::sleep(Duration::from_millis(300));
        }
        assert!(confirmed);
    });
    assert_no_failures(&report);
    let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
    let (refreshes, verifications) = (count(&report.refreshes), count(&report.verifications));
    assert!(
        refreshes > 100 && verifications > 100,
        "{refreshes}, {verifications}"
    );
}

fn assert_no_failures(report: &Report) {
    assert_eq!(*report.failed.lock().unwrap(), []);
    assert_eq!(*report.refused.lock().unwrap(), []);
}
