//! Nodes that coordinate by a Redis server: marks and limits over both, and a server that cannot be used.

mod failures;
mod keys;
mod limits;
mod marks;
pub mod start;
mod tls;

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    oauth::flow::{PUBLIC, confidential, redemption, sign_up, token},
    support::{Engine, TestService, answer::Answer, exposition::Exposition},
};

/// Two nodes with these settings, and a user.
async fn two_nodes(settings: &str) -> [TestService; 2] {
    let settings = format!("{settings}\n{}\n{PUBLIC}", confidential("app", ""));
    let one = TestService::with_providers(Engine::Sqlite, &[], &settings).await;
    sign_up(&one).await;
    let database = one.database.share();
    let two = TestService::with_providers_in(database, &[], &settings).await;
    [one, two]
}

async fn redeem(node: &TestService, code: &str) -> Answer {
    token(node, "app", &redemption(code)).await
}

fn metrics(node: &TestService) -> Exposition {
    Exposition::parse(&node.app.exposition.text().unwrap())
}

fn is_up(node: &TestService) -> bool {
    metrics(node).value("signet_coordination_up", &[]) > 0.0
}

fn failures(node: &TestService, kind: &str) -> f64 {
    metrics(node).value("signet_coordination_errors_total", &[("kind", kind)])
}

/// Waits until all nodes use the server, or have noticed that they cannot.
async fn until(is_used: bool, nodes: &[TestService]) {
    for _ in 0..400 {
        if nodes.iter().all(|node| is_up(node) == is_used) {
            return;
        }
        sleep(Duration::from_millis(25)).await;
    }
    panic!("waited in vain until the server is used: {is_used}");
}
