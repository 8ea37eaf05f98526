//! Keys and secrets change while services run.

use std::{fs, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Actor, Browser, Engine, House, PASSWORD, WEB,
    browser::{ACCESS, REFRESH},
    issuer::with,
    keys::key_files,
    token::{header, under},
};

/// The key and the secret that a session was made with.
fn kids(actor: &Actor<'_>) -> [Value; 2] {
    [&actor.access, &actor.refresh].map(|token| header(token.as_ref().unwrap())["kid"].clone())
}

async fn published(house: &House) -> Vec<Value> {
    let keys = house.anon().get("/.well-known/jwks.json").await;
    let keys = keys.assert_status(200).json()["keys"].clone();
    let kids = keys.as_array().unwrap().iter();
    kids.map(|key| key["kid"].clone()).collect()
}

fn secret_from(house: &House, time: DateTime<Utc>) -> PathBuf {
    let name = time.format("%Y%m%dT%H%M%SZ.secret").to_string();
    house.app.config.keys.folder.join(name)
}

#[tokio::test]
async fn a_session_goes_through_a_rotation_and_notices_nothing() {
    let house = House::new().await;
    let mut ada = house.signed_up("ada@example.com").await;
    let before = kids(&ada);
    let old = ada.clone();

    let tomorrow = house.clock.now() + TimeDelta::hours(24);
    house.rotate(tomorrow).await;
    assert_eq!(published(&house).await.len(), 2);
    ada.refreshed().await;
    assert_eq!(kids(&ada), before);

    house
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    ada.refreshed().await;
    assert_eq!(kids(&ada), before);
    house.clock.advance(TimeDelta::seconds(1));
    ada.get("/session").await.assert_status(200);
    ada.refreshed().await;
    let after = kids(&ada);
    assert!(before[0] != after[0] && before[1] != after[1]);
    assert!(published(&house).await.contains(&before[0]));

    house.clock.advance(TimeDelta::hours(2));
    assert_eq!(published(&house).await, [after[0].clone()]);
    // The refresh token of before the rotation is as good as it was.
    old.refresh().await.assert_status(200);
}

#[tokio::test]
async fn an_emergency_is_over_as_soon_as_the_folder_is_read() {
    let house = House::new().await;
    let mut ada = house.signed_up("ada@example.com").await;
    let stolen = kids(&ada);
    let folder = house.app.config.keys.folder.clone();
    let leaked = key_files(&folder, "");
    assert_eq!(leaked.len(), 2);

    house.clock.advance(TimeDelta::minutes(1));
    house.rotate(house.clock.now()).await;
    ada.get("/session").await.assert_status(200);
    for file in leaked {
        fs::remove_file(folder.join(file)).unwrap();
    }
    // Until the folder is read, nothing has changed.
    ada.get("/session").await.assert_status(200);
    house.reread_keys().await;
    assert!(!published(&house).await.contains(&stolen[0]));
    ada.get("/session")
        .await
        .assert_problem(401, "invalid_token");
    ada.refresh().await.assert_problem(401, "invalid_grant");
    ada = ada.logged_in("ada@example.com").await;
    ada.get("/session").await.assert_status(200);
    ada.refresh().await.assert_status(200);
}

#[tokio::test]
async fn a_node_that_has_not_read_a_secret_reads_it_before_it_answers() {
    let house = House::new().await;
    let node = house.second_node("").await;
    let mut ada = house.signed_up("ada@example.com").await;
    house
        .anon()
        .post("/signup", json!({"email": "bob@example.com"}))
        .await;
    for clock in [&house.clock, &node.clock] {
        clock.advance(TimeDelta::minutes(1));
    }
    // The second node is told nothing.
    house.rotate(house.clock.now()).await;
    ada.refreshed().await;
    house
        .anon()
        .post("/signup", json!({"email": "bob@example.com"}))
        .await;
    let link = house.mailed_token("bob@example.com").unwrap();

    let there = |actor: &Actor<'_>| {
        let mut there = node.anon();
        there.refresh.clone_from(&actor.refresh);
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
    assert_eq!(published(&node).await, published(&house).await);
}

/// What a browser has logged out of there stays ended, whoever refreshes it here.
#[tokio::test]
async fn a_logout_at_a_node_that_lags_knows_what_it_ends() {
    let house = House::configured(Engine::Sqlite, WEB).await.unwrap();
    let node = house.second_node(WEB).await;
    for clock in [&house.clock, &node.clock] {
        clock.advance(TimeDelta::minutes(1));
    }
    let begun = house.clock.now();
    house.rotate(begun).await;
    let browser = Browser::signed_up(&house, "ada@example.com").await;
    let there = Browser::new(&node);
    there.keep(&browser.log_in("ada@example.com").await);
    there.drop_cookie(ACCESS);
    let secret = secret_from(&house, begun);
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
async fn a_secret_that_is_not_there_is_our_trouble_and_any_other_is_the_clients() {
    let house = House::new().await;
    let node = house.second_node("").await;
    for clock in [&house.clock, &node.clock] {
        clock.advance(TimeDelta::minutes(1));
    }
    let begun = house.clock.now();
    house.rotate(begun).await;
    let ada = house.signed_up("ada@example.com").await;
    house
        .anon()
        .post("/signup", json!({"email": "bob@example.com"}))
        .await;
    let link = house.mailed_token("bob@example.com").unwrap();
    let secret = secret_from(&house, begun);
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

    // It is there now; but the folder is read once a second at most.
    fs::rename(&hidden, &secret).unwrap();
    there.refresh().await.assert_status(503);
    node.clock.advance(TimeDelta::seconds(1));
    there.refresh().await.assert_status(200);
    let confirmed = node.anon().post("/signup/confirm", confirmed).await;
    confirmed.assert_status(201);

    // What no node can have made is no token of ours: of the future, or older and not held.
    for time in [begun + TimeDelta::hours(1), begun - TimeDelta::days(1)] {
        let kid = time.format("m%Y%m%dT%H%M%SZ").to_string();
        let header = with(header(token), "kid", kid.into());
        there.refresh = Some(under(&header, token));
        there.refresh().await.assert_problem(401, "invalid_grant");
    }
}

/// Two nodes whose clocks disagree by as much as they may, on both sides of a takeover.
#[tokio::test]
async fn nodes_understand_each_other_as_far_as_clocks_may_disagree() {
    let house = House::new().await;
    let node = house.second_node("").await;
    let ada = house.signed_up("ada@example.com").await;
    let takeover = house.clock.now() + TimeDelta::hours(24);
    house.rotate(takeover).await;
    node.reread_keys().await;
    house
        .clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(40));
    node.clock
        .advance(TimeDelta::hours(24) - TimeDelta::seconds(70));
    let mut signers = vec![];
    for _ in 0..12 {
        for (one, other) in [(&house, &node), (&node, &house)] {
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
        house.clock.advance(TimeDelta::seconds(10));
        node.clock.advance(TimeDelta::seconds(10));
    }
    signers.dedup();
    // There was a time when each signed with another key.
    assert!(signers.len() > 3, "{signers:?}");
}
