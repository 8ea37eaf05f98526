//! Key and secret rotation in running services.

use std::{fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, Browser, Engine, PASSWORD, TestService, WEB,
    browser::{ACCESS, REFRESH},
    issuer::with,
    keys::key_files,
    token::{header, under},
};

/// The ids of the key and the secret of a session.
fn kids(client: &ApiClient<'_>) -> [Value; 2] {
    [&client.access, &client.refresh].map(|token| header(token.as_ref().unwrap())["kid"].clone())
}

async fn published(service: &TestService) -> Vec<Value> {
    let keys = service.anon().get("/.well-known/jwks.json").await;
    let keys = keys.assert_status(200).json()["keys"].clone();
    let kids = keys.as_array().unwrap().iter();
    kids.map(|key| key["kid"].clone()).collect()
}

fn secret_from(service: &TestService, time: DateTime<Utc>) -> PathBuf {
    let name = time.format("%Y%m%dT%H%M%SZ.secret").to_string();
    service.app.config.keys.folder.join(name)
}

#[tokio::test]
async fn session_survives_key_rotation() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    let before = kids(&ada);
    let old = ada.clone();

    let tomorrow = service.clock.now() + TimeDelta::hours(24);
    service.rotate(tomorrow).await;
    assert_eq!(published(&service).await.len(), 2);
    ada.refreshed().await;
    assert_eq!(kids(&ada), before);

    service
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    ada.refreshed().await;
    assert_eq!(kids(&ada), before);
    service.clock.advance(TimeDelta::seconds(1));
    ada.get("/session").await.assert_status(200);
    ada.refreshed().await;
    let after = kids(&ada);
    assert!(before[0] != after[0] && before[1] != after[1]);
    assert!(published(&service).await.contains(&before[0]));

    service.clock.advance(TimeDelta::hours(2));
    assert_eq!(published(&service).await, [after[0].clone()]);
    // The refresh token from before the rotation still works.
    old.refresh().await.assert_status(200);
}

#[tokio::test]
async fn removed_keys_are_rejected_after_a_reload() {
    let service = TestService::new().await;
    let mut ada = service.signed_up("ada@example.com").await;
    let stolen = kids(&ada);
    let folder = service.app.config.keys.folder.clone();
    let leaked = key_files(&folder, "");
    assert_eq!(leaked.len(), 2);

    service.clock.advance(TimeDelta::minutes(1));
    service.rotate(service.clock.now()).await;
    ada.get("/session").await.assert_status(200);
    for file in leaked {
        fs::remove_file(folder.join(file)).unwrap();
    }
    // Nothing changes before the folder is read.
    ada.get("/session").await.assert_status(200);
    service.reread_keys().await;
    assert!(!published(&service).await.contains(&stolen[0]));
    ada.get("/session")
        .await
        .assert_problem(401, "invalid_token");
    ada.refresh().await.assert_problem(401, "invalid_grant");
    ada = ada.logged_in("ada@example.com").await;
    ada.get("/session").await.assert_status(200);
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn node_reloads_keys_for_an_unknown_secret() {
    let service = TestService::new().await;
    let node = service.second_node("").await;
    let mut ada = service.signed_up("ada@example.com").await;
    service
        .anon()
        .post("/signup", json!({"email": "bob@example.com"}))
        .await;
    for clock in [&service.clock, &node.clock] {
        clock.advance(TimeDelta::minutes(1));
    }
    // The second node receives no signal.
    service.rotate(service.clock.now()).await;
    ada.refreshed().await;
    service
        .anon()
        .post("/signup", json!({"email": "bob@example.com"}))
        .await;
    let link = service.mailed_token("bob@example.com").unwrap();

    let there = |client: &ApiClient<'_>| {
        let mut there = node.anon();
        there.refresh.clone_from(&client.refresh);
        there
    };
    let refreshes = join_all((0..20).map(|_| {
        let tab = there(&ada);
        async move { tab.refresh().await }
    }));
    for answer in refreshes.await {
        answer.assert_status(200);
    }
    let confirmed = json!({"token": link, "password": PASSWORD});
    let confirmed = node.anon().post("/signup/confirm", confirmed).await;
    confirmed.assert_status(201);
    assert_eq!(published(&node).await, published(&service).await);
}

/// A logout at the other node stays in effect when this node refreshes.
#[tokio::test]
async fn logout_at_a_lagging_node_ends_the_session() {
    let service = TestService::configured(Engine::Sqlite, WEB).await;
    let node = service.second_node(WEB).await;
    for clock in [&service.clock, &node.clock] {
        clock.advance(TimeDelta::minutes(1));
    }
    let begun = service.clock.now();
    service.rotate(begun).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    let there = Browser::new(&node);
    there.keep(&browser.log_in("ada@example.com").await);
    there.drop_cookie(ACCESS);
    let secret = secret_from(&service, begun);
    let hidden = secret.with_extension("hidden");
    fs::rename(&secret, &hidden).unwrap();
    let answer = there.post("/logout", json!({})).await;
    answer.assert_problem(503, "unavailable");
    assert!(there.cookie(REFRESH).is_some());

    fs::rename(&hidden, &secret).unwrap();
    node.clock.advance(TimeDelta::seconds(1));
    let late = there.get("/session").await;
    let out = there.post("/logout", json!({})).await;
    there.keep(out.assert_status(204));
    there.keep(late.assert_status(200));
    let answer = there.get("/session").await;
    answer.assert_problem(401, "invalid_grant");
}

#[tokio::test]
async fn missing_secret_returns_503_and_other_invalid_tokens_are_rejected() {
    let service = TestService::new().await;
    let node = service.second_node("").await;
    for clock in [&service.clock, &node.clock] {
        clock.advance(TimeDelta::minutes(1));
    }
    let begun = service.clock.now();
    service.rotate(begun).await;
    let ada = service.signed_up("ada@example.com").await;
    service
        .anon()
        .post("/signup", json!({"email": "bob@example.com"}))
        .await;
    let link = service.mailed_token("bob@example.com").unwrap();
    let secret = secret_from(&service, begun);
    let hidden = secret.with_extension("hidden");
    fs::rename(&secret, &hidden).unwrap();

    let mut there = node.anon();
    there.refresh.clone_from(&ada.refresh);
    let refused = there.refresh().await;
    refused.assert_problem(503, "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    let token = &ada.refresh.clone().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    there.post_form("/token", &form).await.assert_status(503);
    let confirmed = json!({"token": link, "password": PASSWORD});
    let refused = node.anon().post("/signup/confirm", confirmed.clone()).await;
    refused.assert_problem(503, "unavailable");

    // The secret exists now, but the folder is read at most once a second.
    fs::rename(&hidden, &secret).unwrap();
    there.refresh().await.assert_status(503);
    node.clock.advance(TimeDelta::seconds(1));
    there.refresh().await.assert_status(200);
    let confirmed = node.anon().post("/signup/confirm", confirmed).await;
    confirmed.assert_status(201);

    // A token with a secret that no node can have created is invalid: from the future, or older and
    // not held.
    for time in [begun + TimeDelta::hours(1), begun - TimeDelta::days(1)] {
        let kid = time.format("m%Y%m%dT%H%M%SZ").to_string();
        let header = with(header(token), "kid", kid.into());
        there.refresh = Some(under(&header, token));
        there.refresh().await.assert_problem(401, "invalid_grant");
    }
}

/// Two nodes whose clocks differ by the maximum, before and after a key change.
#[tokio::test]
async fn nodes_accept_each_others_tokens_within_the_leeway() {
    let service = TestService::new().await;
    let node = service.second_node("").await;
    let ada = service.signed_up("ada@example.com").await;
    let takeover = service.clock.now() + TimeDelta::hours(24);
    service.rotate(takeover).await;
    node.reread_keys().await;
    service
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(40));
    node.clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(70));
    let mut signers = vec![];
    for _ in 0..12 {
        for (one, other) in [(&service, &node), (&node, &service)] {
            let mut here = one.anon();
            here.refresh.clone_from(&ada.refresh);
            here.refreshed().await;
            let mut there = other.anon();
            (there.access, there.refresh) = (here.access.clone(), here.refresh.clone());
            there.get("/session").await.assert_status(200);
            there.refresh().await.assert_status(200);
            assert!(published(other).await.contains(&kids(&here)[0]));
            signers.push(kids(&here)[0].clone());
        }
        service.clock.advance(TimeDelta::seconds(10));
        node.clock.advance(TimeDelta::seconds(10));
    }
    signers.dedup();
    // For a while the nodes signed with different keys.
    assert!(signers.len() > 3, "{signers:?}");
}
