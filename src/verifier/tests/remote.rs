//! The requests for the issuer's keys, and the behaviour while the issuer does not respond.

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
async fn concurrent_verifications_share_one_request() {
    let consumer = Consumer::new().await;
    let token = consumer.token();
    let verified = join_all((0..100).map(|_| consumer.verify(&token))).await;
    assert!(verified.iter().all(Result::is_ok));
    assert_eq!(consumer.issuer.fetches(), 1);
    assert!(consumer.verify(&token).now_or_never().unwrap().is_ok());
    assert_eq!(consumer.issuer.fetches(), 1);
}

#[tokio::test]
async fn unknown_keys_cause_one_request_per_cooldown() {
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
async fn token_with_invalid_claims_causes_no_request() {
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
async fn first_token_of_a_new_key_fetches_it() {
    let consumer = Consumer::new().await;
    let old = consumer.token();
    consumer.verify(&old).await.unwrap();
    let next = Mint::new();
    consumer.issuer.publish(&next);
    consumer.clock.advance(30);
    consumer.verify(&consumer.token_of(&next)).await.unwrap();
    assert_eq!(consumer.issuer.fetches(), 2);
    // A withdrawn key does not verify any more.
    assert_eq!(consumer.verify(&old).await, Err(UNKNOWN));
}

#[tokio::test]
async fn known_key_does_not_wait_for_a_refresh() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    consumer.clock.advance(299);
    assert!(consumer.verify_now(&consumer.token()).is_ok());
    consumer.settled().await;
    assert_eq!(consumer.issuer.fetches(), 1, "fresh for as long as it says");

    consumer.clock.advance(1);
    consumer.issuer.stop_responding();
    for _ in 0..10 {
        assert!(consumer.verify_now(&consumer.token()).is_ok());
    }
    consumer.issuer.wait_for_requests(2).await;
    assert!(consumer.verify_now(&consumer.token()).is_ok());
    // A token of an unknown key waits for that request.
    let next = Mint::new();
    let theirs = consumer.token_of(&next);
    let mut waits = Box::pin(consumer.verify(&theirs));
    assert!(futures_util::poll!(&mut waits).is_pending());
    consumer.issuer.publish(&next);
    consumer.issuer.resume_responding();
    waits.await.unwrap();
    assert_eq!(consumer.issuer.fetches(), 2);
}

#[tokio::test]
async fn withdrawn_keys_are_rejected_after_a_pause() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    consumer.issuer.publish(&Mint::new());
    consumer.clock.advance(600);
    let token = consumer.token();
    let result = join_all((0..10).map(|_| consumer.verify(&token))).await;
    assert!(result.iter().all(|result| *result == Err(UNKNOWN)));
    assert_eq!(consumer.issuer.fetches(), 2);
}

#[tokio::test]
async fn cooldown_does_not_delay_a_due_refresh() {
    let patient = |builder: super::Builder| builder.cooldown(Duration::from_hours(1));
    let consumer = Consumer::built(Mint::new(), patient).await;
    consumer.verifier.ready().await.unwrap();
    // Unknown keys are limited by the cooldown …
    consumer.clock.advance(299);
    let unknown = consumer.token_by("random");
    assert_eq!(consumer.verify(&unknown).await, Err(UNKNOWN));
    assert_eq!(consumer.issuer.fetches(), 1);
    // … and neither a background refresh nor one that is waited for is.
    consumer.clock.advance(1);
    assert!(consumer.verify_now(&consumer.token()).is_ok());
    consumer.settled().await;
    assert_eq!(consumer.issuer.fetches(), 2);
    consumer.issuer.publish(&Mint::new());
    consumer.clock.advance(600);
    assert_eq!(consumer.verify(&consumer.token()).await, Err(UNKNOWN));
    assert_eq!(consumer.issuer.fetches(), 3);

    // A failing issuer is requested as often, and not more often.
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
async fn last_valid_keys_are_used_until_the_stale_limit() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    consumer.issuer.script().status = 500;
    let day = 24 * 3600;
    let mut passed = 0;
    while passed + 1860 <= day {
        consumer.clock.advance(1800);
        passed += 1800;
        // The first token after half an hour may wait until the request fails …
        assert!(consumer.verify(&consumer.token()).await.is_ok(), "{passed}");
        // … and later tokens do not, even while another request runs.
        assert!(consumer.verify_now(&consumer.token()).is_ok());
        consumer.clock.advance(60);
        passed += 60;
        assert!(consumer.verify_now(&consumer.token()).is_ok());
        consumer.settled().await;
    }
    consumer.clock.advance(day - passed);
    assert!(consumer.verify(&consumer.token()).await.is_ok());
    // An unknown key may be a new one, so the token can be neither accepted nor rejected.
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
async fn issuer_is_requested_every_few_seconds_without_keys() {
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
async fn unchanged_keys_are_not_sent_again() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    for round in 1..4 {
        consumer.clock.advance(300);
        assert!(consumer.verify_now(&consumer.token()).is_ok());
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
        .requests
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
async fn invalid_key_set_changes_nothing() {
    let consumer = Consumer::new().await;
    consumer.verifier.ready().await.unwrap();
    let valid = consumer.issuer.script().body.clone();
    let long = [&valid[..], &vec![b' '; 150 * 1024 + 1 - valid.len()]].concat();
    for (status, body) in [
        (200, b"".to_vec()),
        (200, b"<html>".to_vec()),
        (200, b"[]".to_vec()),
        (200, b"{}".to_vec()),
        (200, b"{\"keys\":{}}".to_vec()),
        (200, long),
        (204, valid.clone()),
        (206, valid.clone()),
        (302, valid.clone()),
        (304, vec![]),
        (401, valid.clone()),
        (500, valid.clone()),
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
        assert!(consumer.verify_now(&consumer.token()).is_ok(), "{status}");
    }
    let script = consumer.issuer.script();
    assert!(
        script.requests.iter().all(|(path, _)| path == "/keys"),
        "no redirect is followed"
    );
}

#[tokio::test]
async fn key_set_without_usable_keys_withdraws_the_old_ones() {
    // An empty set, a key of an unsupported kind, and the keys that remain after a leak.
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
        assert!(consumer.verify_now(&consumer.token()).is_ok());
        consumer.settled().await;
        assert_eq!(consumer.verify(&consumer.token()).await, Err(UNKNOWN));
        assert_eq!(consumer.verify(&consumer.token_by("x")).await, Err(UNKNOWN));
        assert_eq!(consumer.issuer.fetches(), 2);
        // Without keys the verifier is not ready. With keys it is ready again.
        let refused = consumer.verifier.ready().await.unwrap_err();
        assert_eq!(Error::from(refused), in_seconds(30));
        consumer.issuer.publish(&consumer.mint);
        consumer.clock.advance(30);
        consumer.verifier.ready().await.unwrap();
        assert!(consumer.verify_now(&consumer.token()).is_ok());
    }
}

#[tokio::test]
async fn key_set_of_150_kib_is_accepted() {
    let consumer = Consumer::new().await;
    consumer.issuer.script().body.resize(150 * 1024, b' ');
    assert!(consumer.verifier.ready().await.is_ok());
}

#[tokio::test]
async fn unresponsive_issuer_times_out() {
    let quick = |builder: super::Builder| builder.timeout(Duration::from_millis(100));
    let consumer = Consumer::built(Mint::new(), quick).await;
    consumer.issuer.stop_responding();
    assert_eq!(consumer.verify(&consumer.token()).await, Err(in_seconds(5)));
}

#[tokio::test]
async fn request_outlives_the_first_caller() {
    let consumer = Consumer::new().await;
    consumer.issuer.stop_responding();
    let token = consumer.token();
    let mut first = Box::pin(consumer.verify(&token));
    assert!(futures_util::poll!(&mut first).is_pending());
    consumer.issuer.wait_for_requests(1).await;
    let second = consumer.verify(&token);
    drop(first);
    consumer.issuer.resume_responding();
    second.await.unwrap();
    assert_eq!(consumer.issuer.fetches(), 1);
}

#[tokio::test]
async fn dropped_verifier_abandons_its_request() {
    let patient = |builder: super::Builder| builder.timeout(Duration::from_mins(1));
    let consumer = Consumer::built(Mint::new(), patient).await;
    consumer.verifier.ready().await.unwrap();
    consumer.clock.advance(300);
    consumer.issuer.stop_responding();
    let other = consumer.verifier.clone();
    assert!(consumer.verify_now(&consumer.token()).is_ok());
    consumer.issuer.wait_for_requests(2).await;
    let Consumer {
        issuer, verifier, ..
    } = consumer;
    drop(verifier);
    tokio::task::yield_now().await;
    drop(other);
    let patience = Duration::from_secs(20);
    let abandoned = tokio::time::timeout(patience, issuer.wait_for_abandoned_request());
    abandoned.await.expect("the request is still waiting");
}

#[test]
fn verifier_works_on_successive_runtimes() {
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

    // The first runtime ends during a request.
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
async fn clock_set_back_does_not_stop_refreshes() {
    let consumer = Consumer::new().await;
    consumer.clock.advance(86_400);
    consumer.verifier.ready().await.unwrap();
    consumer.clock.advance(-86_400);
    let next = Mint::new();
    consumer.issuer.publish(&next);
    consumer.verify(&consumer.token_of(&next)).await.unwrap();
}
