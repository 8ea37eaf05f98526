//! When the issuer is asked for its keys, and what holds while it does not answer.

use std::time::Duration;

use futures_util::{FutureExt, future::join_all};
use serde_json::json;

use crate::{
    key_set::tests::published,
    token::tests::fixture::Mint,
    verifier::{Error, Rejected, Unavailable, tests::Consumer},
};

const UNKNOWN: Error = Error::Rejected(Rejected::UnknownKey);

fn in_seconds(seconds: u64) -> Error {
    let retry_after = Duration::from_secs(seconds);
    Error::Unavailable(Unavailable { retry_after })
}

#[tokio::test]
async fn all_who_need_keys_wait_for_one_question() {
    let consumer = Consumer::new().await;
    let token = consumer.token();
    let verified = join_all((0..100).map(|_| consumer.verify(&token))).await;
    assert!(verified.iter().all(Result::is_ok));
    assert_eq!(consumer.issuer.fetches(), 1);
    assert!(consumer.verify(&token).now_or_never().unwrap().is_ok());
    assert_eq!(consumer.issuer.fetches(), 1);
}

#[tokio::test]
async fn unknown_keys_bring_about_one_question_in_a_cooldown() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    for round in 1..4 {
        consumer.clock.advance(30);
        let tokens: Vec<_> = (0..100)
            .map(|n| consumer.token_by(&format!("random-{round}-{n}")))
            .collect();
        for refused in join_all(tokens.iter().map(|token| consumer.verify(token))).await {
            assert_eq!(refused, Err(UNKNOWN));
        }
        consumer.clock.advance(29);
        assert_eq!(consumer.verify(&tokens[0]).await, Err(UNKNOWN));
        assert_eq!(consumer.issuer.fetches(), 1 + round);
        consumer.clock.advance(-29);
    }
}

#[tokio::test]
async fn nothing_is_asked_for_a_token_that_is_no_good_anyway() {
    let consumer = Consumer::new().await;
    let expired = consumer.token();
    consumer.clock.advance(331);
    assert_eq!(
        consumer.verify(&expired).await,
        Err(Rejected::Expired.into())
    );
    assert_eq!(
        consumer.verify("a.b.c").await,
        Err(Rejected::Malformed.into())
    );
    assert_eq!(consumer.issuer.fetches(), 0);
}

#[tokio::test]
async fn a_new_key_is_fetched_by_its_first_token() {
    let consumer = Consumer::new().await;
    let old = consumer.token();
    consumer.verify(&old).await.unwrap();
    let next = Mint::new();
    consumer.issuer.publishes(&next);
    consumer.clock.advance(30);
    consumer.verify(&consumer.token_of(&next)).await.unwrap();
    assert_eq!(consumer.issuer.fetches(), 2);
    // What the issuer publishes no more is good no more.
    assert_eq!(consumer.verify(&old).await, Err(UNKNOWN));
}

#[tokio::test]
async fn who_has_a_known_key_waits_for_no_refresh() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    consumer.clock.advance(299);
    assert!(consumer.judge(&consumer.token()).is_ok());
    consumer.settled().await;
    assert_eq!(consumer.issuer.fetches(), 1, "fresh for as long as it says");

    consumer.clock.advance(1);
    consumer.issuer.falls_silent();
    for _ in 0..10 {
        assert!(consumer.judge(&consumer.token()).is_ok());
    }
    consumer.issuer.was_asked(2).await;
    assert!(consumer.judge(&consumer.token()).is_ok());
    // Who has not waits for this very question.
    let next = Mint::new();
    let theirs = consumer.token_of(&next);
    let mut waits = Box::pin(consumer.verify(&theirs));
    assert!(futures_util::poll!(&mut waits).is_pending());
    consumer.issuer.publishes(&next);
    consumer.issuer.speaks_again();
    waits.await.unwrap();
    assert_eq!(consumer.issuer.fetches(), 2);
}

#[tokio::test]
async fn after_a_pause_withdrawn_keys_are_not_believed() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    consumer.issuer.publishes(&Mint::new());
    consumer.clock.advance(600);
    let token = consumer.token();
    let judged = join_all((0..10).map(|_| consumer.verify(&token))).await;
    assert!(judged.iter().all(|judged| *judged == Err(UNKNOWN)));
    assert_eq!(consumer.issuer.fetches(), 2);
}

#[tokio::test]
async fn a_cooldown_above_the_lifetime_delays_no_refresh_that_is_due() {
    let patient = |builder: super::Builder| builder.cooldown(Duration::from_hours(1));
    let consumer = Consumer::built(Mint::new(), patient).await;
    consumer.verifier.ready().await.unwrap();
    // It is there for unknown keys …
    consumer.clock.advance(299);
    let unknown = consumer.token_by("random");
    assert_eq!(consumer.verify(&unknown).await, Err(UNKNOWN));
    assert_eq!(consumer.issuer.fetches(), 1);
    // … and neither for a refresh in passing nor for one that is waited for.
    consumer.clock.advance(1);
    assert!(consumer.judge(&consumer.token()).is_ok());
    consumer.settled().await;
    assert_eq!(consumer.issuer.fetches(), 2);
    consumer.issuer.publishes(&Mint::new());
    consumer.clock.advance(600);
    assert_eq!(consumer.verify(&consumer.token()).await, Err(UNKNOWN));
    assert_eq!(consumer.issuer.fetches(), 3);

    // An issuer that fails is asked as often, and no oftener.
    consumer.issuer.script().status = 500;
    for round in 1..4 {
        consumer.clock.advance(300);
        for _ in 0..10 {
            assert_eq!(
                consumer.verify(&consumer.token()).await,
                Err(in_seconds(300))
            );
        }
        assert_eq!(consumer.issuer.fetches(), 3 + round);
    }
}

#[tokio::test]
async fn the_last_good_keys_are_kept_while_the_issuer_fails_but_not_for_ever() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    consumer.issuer.script().status = 500;
    let day = 24 * 3600;
    let mut passed = 0;
    while passed + 1860 <= day {
        consumer.clock.advance(1800);
        passed += 1800;
        // The first to come after half an hour may have to wait for the issuer to fail …
        assert!(consumer.verify(&consumer.token()).await.is_ok(), "{passed}");
        // … and then nobody, also when it is asked again.
        assert!(consumer.judge(&consumer.token()).is_ok());
        consumer.clock.advance(60);
        passed += 60;
        assert!(consumer.judge(&consumer.token()).is_ok());
        consumer.settled().await;
    }
    consumer.clock.advance(day - passed);
    assert!(consumer.verify(&consumer.token()).await.is_ok());
    // A key that nobody knows may be a new one: whose fault it is cannot be said.
    let unknown = consumer.token_by("new");
    assert_eq!(consumer.verify(&unknown).await, Err(in_seconds(30)));
    consumer.clock.advance(1);
    assert_eq!(consumer.verify(&consumer.token()).await, Err(in_seconds(4)));
    assert_eq!(
        consumer.verifier.ready().await,
        Err(Unavailable {
            retry_after: Duration::from_secs(4)
        })
    );

    consumer.issuer.script().status = 200;
    consumer.clock.advance(4);
    assert!(consumer.verify(&consumer.token()).await.is_ok());
    assert_eq!(consumer.verify(&unknown).await, Err(UNKNOWN));
}

#[tokio::test]
async fn without_any_keys_the_issuer_is_asked_every_few_seconds() {
    let consumer = Consumer::new().await;
    consumer.issuer.script().status = 503;
    for round in 1..4 {
        for _ in 0..10 {
            assert_eq!(consumer.verify(&consumer.token()).await, Err(in_seconds(5)));
        }
        consumer.clock.advance(4);
        assert_eq!(consumer.verify(&consumer.token()).await, Err(in_seconds(1)));
        assert_eq!(consumer.issuer.fetches(), round);
        consumer.clock.advance(1);
    }
    consumer.issuer.script().status = 200;
    assert!(consumer.verify(&consumer.token()).await.is_ok());
}

#[tokio::test]
async fn keys_that_are_still_the_same_are_not_sent_again() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    for round in 1..4 {
        consumer.clock.advance(300);
        assert!(consumer.judge(&consumer.token()).is_ok());
        consumer.settled().await;
        assert_eq!(consumer.issuer.fetches(), 1 + round);
    }
    let etag = consumer
        .mint
        .tokens
        .keyring()
        .jwks(super::now())
        .etag
        .clone();
    let script = consumer.issuer.script();
    let tags: Vec<_> = script
        .asked
        .iter()
        .map(|(_, headers)| headers.get("if-none-match"))
        .collect();
    assert_eq!(tags[0], None);
    assert!(
        tags[1..]
            .iter()
            .all(|tag| tag.is_some_and(|tag| tag.as_bytes() == etag))
    );
}

#[tokio::test]
async fn what_is_no_key_set_changes_nothing() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    let good = consumer.issuer.script().body.clone();
    let long = [&good[..], &vec![b' '; 150 * 1024 + 1 - good.len()]].concat();
    for (status, body) in [
        (200, b"".to_vec()),
        (200, b"<html>".to_vec()),
        (200, b"[]".to_vec()),
        (200, b"{}".to_vec()),
        (200, b"{\"keys\":{}}".to_vec()),
        (200, long),
        (204, good.clone()),
        (206, good.clone()),
        (302, good.clone()),
        (304, vec![]),
        (401, good.clone()),
        (500, good.clone()),
    ] {
        {
            let mut script = consumer.issuer.script();
            script.headers = vec![("location", consumer.issuer.url("/elsewhere"))];
            (script.status, script.body) = (status, body);
        }
        consumer.clock.advance(300);
        let fetches = consumer.issuer.fetches();
        assert!(consumer.verify(&consumer.token()).await.is_ok(), "{status}");
        consumer.settled().await;
        assert_eq!(consumer.issuer.fetches(), fetches + 1);
        let is_same = status == 304;
        let unknown = consumer.verify(&consumer.token_by("x")).await;
        assert_eq!(unknown == Err(UNKNOWN), is_same, "{status}");
        assert!(consumer.judge(&consumer.token()).is_ok(), "{status}");
    }
    let script = consumer.issuer.script();
    assert!(
        script.asked.iter().all(|(path, _)| path == "/keys"),
        "no redirect is followed"
    );
}

#[tokio::test]
async fn a_key_set_without_any_key_for_us_withdraws_the_old_ones() {
    // None at all, one of a kind to come, and those that are left when ours has leaked.
    for kept in [None, Some("later"), Some("RS256")] {
        let consumer = Consumer::new().await;
        consumer.verifier.ready().await.unwrap();
        let mut keys = published(&consumer.mint);
        keys.push(json!({"kty": "later", "alg": "later", "kid": "later"}));
        keys.retain(|key| kept.is_some_and(|kept| key["alg"] == kept));
        assert_eq!(keys.len(), kept.iter().count());
        consumer.issuer.script().headers = vec![("cache-control", "max-age=300".into())];
        consumer.issuer.script().body = json!({"keys": keys}).to_string().into();
        consumer.clock.advance(300);
        assert!(consumer.judge(&consumer.token()).is_ok());
        consumer.settled().await;
        assert_eq!(consumer.verify(&consumer.token()).await, Err(UNKNOWN));
        assert_eq!(consumer.verify(&consumer.token_by("x")).await, Err(UNKNOWN));
        assert_eq!(consumer.issuer.fetches(), 2);
        // There is nothing to judge by, so nobody is ready; and then there is again.
        let refused = consumer.verifier.ready().await.unwrap_err();
        assert_eq!(Error::from(refused), in_seconds(30));
        consumer.issuer.publishes(&consumer.mint);
        consumer.clock.advance(30);
        consumer.verifier.ready().await.unwrap();
        assert!(consumer.judge(&consumer.token()).is_ok());
    }
}

#[tokio::test]
async fn a_key_set_may_be_150_kib_long() {
    let consumer = Consumer::new().await;
    consumer.issuer.script().body.resize(150 * 1024, b' ');
    assert!(consumer.verifier.ready().await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_says_nothing_is_not_waited_for() {
    let quick = |builder: super::Builder| builder.timeout(Duration::from_millis(100));
    let consumer = Consumer::built(Mint::new(), quick).await;
    consumer.issuer.falls_silent();
    assert_eq!(consumer.verify(&consumer.token()).await, Err(in_seconds(5)));
}

#[tokio::test]
async fn a_question_outlives_who_asked_it_first() {
    let consumer = Consumer::new().await;
    consumer.issuer.falls_silent();
    let token = consumer.token();
    let mut first = Box::pin(consumer.verify(&token));
    assert!(futures_util::poll!(&mut first).is_pending());
    consumer.issuer.was_asked(1).await;
    let second = consumer.verify(&token);
    drop(first);
    consumer.issuer.speaks_again();
    second.await.unwrap();
    assert_eq!(consumer.issuer.fetches(), 1);
}

#[tokio::test]
async fn a_verifier_that_is_dropped_asks_nobody_any_more() {
    let patient = |builder: super::Builder| builder.timeout(Duration::from_mins(1));
    let consumer = Consumer::built(Mint::new(), patient).await;
    consumer.verifier.ready().await.unwrap();
    consumer.clock.advance(300);
    consumer.issuer.falls_silent();
    let other = consumer.verifier.clone();
    assert!(consumer.judge(&consumer.token()).is_ok());
    consumer.issuer.was_asked(2).await;
    let Consumer {
        issuer, verifier, ..
    } = consumer;
    drop(verifier);
    tokio::task::yield_now().await;
    drop(other);
    let patience = Duration::from_secs(20);
    let abandoned = tokio::time::timeout(patience, issuer.was_abandoned());
    abandoned.await.expect("nobody waits for the answer");
}

#[test]
fn a_verifier_needs_no_runtime_of_its_own_and_outlives_each() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let issuers = runtime();
    let consumer = issuers.block_on(Consumer::new());
    let token = consumer.token();
    assert!(
        consumer.verify(&token).now_or_never().unwrap().is_err(),
        "no runtime, no question"
    );

    // The first ends in the midst of a question.
    let first = runtime();
    let mut pending = Box::pin(consumer.verify(&token));
    first.block_on(async { assert!(futures_util::poll!(&mut pending).is_pending()) });
    drop(first);
    assert!(pending.now_or_never().unwrap().is_err());

    consumer.clock.advance(5);
    let issuer = std::thread::spawn(move || issuers.block_on(std::future::pending::<()>()));
    runtime().block_on(consumer.verify(&token)).unwrap();
    drop(issuer);
}

#[tokio::test]
async fn a_clock_that_is_set_back_silences_nobody() {
    let consumer = Consumer::new().await;
    consumer.clock.advance(86_400);
    consumer.verifier.ready().await.unwrap();
    consumer.clock.advance(-86_400);
    let next = Mint::new();
    consumer.issuer.publishes(&next);
    consumer.verify(&consumer.token_of(&next)).await.unwrap();
}
