//! A single-use token that was used at one node is refused at the other.

use super::{failures, redeem, two_nodes};
use crate::{oauth::flow::code, support::redis::RedisServer};

#[tokio::test]
async fn code_is_redeemed_once_at_two_nodes() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let [one, two] = two_nodes(&redis.settings()).await;
    let code = code(&one, "app", &[]).await;
    redeem(&one, &code).await.assert_status(200);
    for node in [&two, &one, &two] {
        let again = redeem(node, &code).await;
        again.assert_oauth_error(400, "invalid_grant");
    }
    for kind in ["connect", "timeout", "full", "other"] {
        assert!(failures(&one, kind) == 0.0, "{kind}");
    }
}

#[tokio::test]
async fn rotated_secret_forgets_no_mark() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let [one, two] = two_nodes(&redis.settings()).await;
    let code = code(&one, "app", &[]).await;
    redeem(&one, &code).await.assert_status(200);
    // The other node reads the secret that follows, which signs by now.
    one.rotate(one.clock.now() + chrono::TimeDelta::seconds(1))
        .await;
    for node in [&one, &two] {
        node.clock.advance(chrono::TimeDelta::seconds(5));
    }
    two.reread_keys().await;
    let again = redeem(&two, &code).await;
    again.assert_oauth_error(400, "invalid_grant");
}

/// Without a server, each node has its own marks.
#[tokio::test]
async fn nodes_without_a_server_have_their_own_marks() {
    let [one, two] = two_nodes("").await;
    let code = code(&one, "app", &[]).await;
    redeem(&one, &code).await.assert_status(200);
    redeem(&one, &code)
        .await
        .assert_oauth_error(400, "invalid_grant");
    redeem(&two, &code).await.assert_status(200);
    let metrics = one.app.exposition.text().unwrap();
    assert!(!metrics.contains("coordination"), "{metrics}");
}
