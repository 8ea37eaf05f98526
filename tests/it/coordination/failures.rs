//! A server that is down, slow or full: each node goes on by itself, or answers 503 with `coordination.strict`.

use std::net::TcpListener;

use serde_json::json;

use super::{failures, is_up, redeem, two_nodes, until};
use crate::{
    oauth::flow::{ADA, code, public_session, text},
    support::{PASSWORD, TestService, redis::RedisServer},
};

/// Short, because these tests wait for it.
const TIMEOUT: &str = "coordination.timeout = '250ms'\n";

fn settings(redis: &RedisServer, more: &str) -> String {
    format!(
        "limits.enabled = true\ncoordination.url = '{}'\n{TIMEOUT}{more}",
        redis.url()
    )
}

/// A code works once at this node, and a login succeeds.
async fn assert_goes_on(node: &TestService) {
    let code = code(node, "app", &[]).await;
    redeem(node, &code).await.assert_status(200);
    let again = redeem(node, &code).await;
    again.assert_oauth_error(400, "invalid_grant");
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "spa"});
    let answer = node.anon().post("/login", body).await;
    answer.assert_status(200);
}

/// What needs a mark or a limit is a fault of the service.
async fn assert_unavailable(node: &TestService, code: &str) {
    let body = json!({"email": ADA, "password": PASSWORD, "client_id": "spa"});
    let login = node.anon().post("/login", body).await;
    login.assert_problem(503, "unavailable");
    assert_ne!(login.header("retry-after"), "");
    let redeemed = redeem(node, code).await;
    assert_eq!(redeemed.status, 503, "{}", redeemed.text());
    assert_ne!(redeemed.header("retry-after"), "");
}

#[tokio::test]
async fn nodes_go_on_while_the_server_is_down_and_use_it_afterwards() {
    let Some(mut redis) = RedisServer::start() else {
        return;
    };
    let nodes = two_nodes(&settings(&redis, "")).await;
    let [one, two] = &nodes;
    until(true, &nodes).await;
    redis.kill();
    until(false, &nodes).await;
    assert_goes_on(one).await;
    assert!(failures(one, "connect") > 0.0);

    redis.restart();
    until(true, &nodes).await;
    let code = code(one, "app", &[]).await;
    redeem(one, &code).await.assert_status(200);
    let again = redeem(two, &code).await;
    again.assert_oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn nodes_go_on_while_the_server_accepts_and_never_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let [one, _] = two_nodes(&format!("coordination.url = '{url}'\n{TIMEOUT}")).await;
    assert_goes_on(&one).await;
    assert!(!is_up(&one) && failures(&one, "connect") > 0.0);
}

#[tokio::test]
async fn mark_without_an_answer_is_one_nevertheless() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let nodes = two_nodes(&settings(&redis, "")).await;
    let [one, two] = &nodes;
    until(true, &nodes).await;
    let code = code(one, "app", &[]).await;
    redis.pause();
    redeem(one, &code).await.assert_status(200);
    assert!(failures(one, "timeout") > 0.0);
    redeem(one, &code)
        .await
        .assert_oauth_error(400, "invalid_grant");
    redis.resume();
    until(true, &nodes).await;
    redeem(two, &code)
        .await
        .assert_oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn nodes_go_on_while_the_memory_of_the_server_is_full() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let nodes = two_nodes(&settings(&redis, "")).await;
    let [one, _] = &nodes;
    until(true, &nodes).await;
    let _: () = redis.run("CONFIG SET maxmemory 1");
    assert_goes_on(one).await;
    assert!(is_up(one) && failures(one, "full") > 0.0);
    assert!(failures(one, "other") == 0.0);
}

#[tokio::test]
async fn strict_nodes_answer_503_and_the_repetition_succeeds() {
    let Some(mut redis) = RedisServer::start() else {
        return;
    };
    let nodes = two_nodes(&settings(&redis, "coordination.strict = true\n")).await;
    let [one, two] = &nodes;
    until(true, &nodes).await;
    let session = public_session(one, &[]).await;

    // Full.
    let first = code(one, "app", &[]).await;
    let _: () = redis.run("CONFIG SET maxmemory 1");
    assert_unavailable(one, &first).await;
    let _: () = redis.run("CONFIG SET maxmemory 0");
    redeem(two, &first).await.assert_status(200);

    // Slow: the mark is set although the answer is lost, and is taken back before the server is used again.
    let second = code(one, "app", &[]).await;
    redis.pause();
    assert_eq!(redeem(one, &second).await.status, 503);
    assert_unavailable(one, &second).await;
    redis.resume();
    until(true, &nodes).await;
    redeem(two, &second).await.assert_status(200);
    redeem(one, &second)
        .await
        .assert_oauth_error(400, "invalid_grant");

    // Down. A refresh needs neither a mark nor a limit.
    let third = code(one, "app", &[]).await;
    redis.kill();
    until(false, &nodes).await;
    assert_unavailable(one, &third).await;
    let refresh = json!({"refresh_token": text(&session, "refresh_token"), "client_id": "spa"});
    let refreshed = one.anon().post("/refresh", refresh).await;
    refreshed.assert_status(200);
    redis.restart();
    until(true, &nodes).await;
    redeem(one, &third).await.assert_status(200);
}

/// The user of the URL may set marks, and may not run the script that removes them.
#[tokio::test]
async fn marks_that_cannot_be_taken_back_stay_and_the_server_is_used_again() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let commands = "+ping +set +get +del +time";
    let _: () = redis.run(&format!("ACL SETUSER signet on >pa55 ~signet:* {commands}"));
    let url = redis.url().replace("redis://", "redis://signet:pa55@");
    let settings = format!("coordination.url = '{url}'\ncoordination.strict = true\n{TIMEOUT}");
    let [one, two] = two_nodes(&settings).await;
    let one = std::slice::from_ref(&one);
    until(true, one).await;
    let code = code(&one[0], "app", &[]).await;
    redis.pause();
    assert_eq!(redeem(&one[0], &code).await.status, 503);
    until(false, one).await;
    redis.resume();
    until(true, one).await;
    assert!(failures(&one[0], "other") > 0.0);
    redeem(&two, &code)
        .await
        .assert_oauth_error(400, "invalid_grant");
}
