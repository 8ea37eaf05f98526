//! How often a provider is asked, and what holds while it does not answer.

use std::time::Duration;

use futures_util::{FutureExt, future::join_all};
use serde_json::json;

use super::{Error, ProviderUnavailable, Publisher, Relying};
use crate::{
    key_set::tests::published,
    token::{TokenRejection, tests::foreign},
};

const UNKNOWN: Error = Error::Rejected(TokenRejection::UnknownKey);

fn retry_after(judged: Result<impl std::fmt::Debug, Error>) -> u64 {
    match judged {
        Err(Error::Unavailable(ProviderUnavailable { retry_after, .. })) => retry_after.as_secs(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn all_who_come_wait_for_one_question_each() {
    let relying = Relying::new().await;
    let token = relying.token();
    let judged = join_all((0..100).map(|_| relying.verify(&token))).await;
    assert!(judged.iter().all(Result::is_ok));
    assert_eq!(relying.publisher.asked(), 2);
    // And then for none.
    assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
    assert!(relying.discovery.metadata().now_or_never().unwrap().is_ok());
    assert_eq!(relying.publisher.asked(), 2);
}

#[tokio::test]
async fn a_question_outlives_who_asked_it_first() {
    let relying = Relying::new().await;
    relying.publisher.falls_silent();
    let token = relying.token();
    let mut first = Box::pin(relying.verify(&token));
    assert!(futures_util::poll!(&mut first).is_pending());
    relying.publisher.was_asked(1).await;
    let second = relying.verify(&token);
    drop(first);
    relying.publisher.speaks_again();
    second.await.unwrap();
    assert_eq!(relying.publisher.asked(), 2);
}

#[tokio::test]
async fn a_new_key_is_fetched_by_its_first_token_once_in_a_cooldown() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    let next = foreign::Provider::new();
    relying.publisher.publishes(&published(&next.mint));
    // Whoever makes tokens up cannot make us ask.
    for _ in 0..10 {
        let judged = relying.verify(&relying.token_of(&next)).await;
        assert_eq!(judged, Err(UNKNOWN));
    }
    relying.clock.advance(29);
    assert_eq!(relying.verify(&relying.token_of(&next)).await, Err(UNKNOWN));
    assert_eq!(relying.publisher.fetches("/keys"), 1);

    relying.clock.advance(1);
    let token = relying.token_of(&next);
    let judged = join_all((0..10).map(|_| relying.verify(&token))).await;
    assert!(judged.iter().all(Result::is_ok));
    assert_eq!(relying.publisher.fetches("/keys"), 2);
    // What is published no more is good no more.
    assert_eq!(relying.verify(&relying.token()).await, Err(UNKNOWN));
    let strangers: Vec<_> = (0..10).map(|_| foreign::Provider::new()).collect();
    for stranger in &strangers {
        let judged = relying.verify(&relying.token_of(stranger)).await;
        assert_eq!(judged, Err(UNKNOWN));
    }
    assert_eq!(relying.publisher.fetches("/keys"), 2);
    assert_eq!(relying.publisher.fetches(Publisher::DOCUMENT), 1);
}

#[tokio::test]
async fn a_provider_that_is_down_costs_nothing() {
    let relying = Relying::new().await;
    relying.publisher.script().status = 500;
    for round in 1..4 {
        for _ in 0..10 {
            let judged = relying.verify(&relying.token()).await;
            assert_eq!(retry_after(judged), 5);
            assert!(relying.discovery.metadata().await.is_err());
        }
        relying.clock.advance(4);
        assert_eq!(retry_after(relying.verify(&relying.token()).await), 1);
        assert_eq!(relying.publisher.asked(), round);
        relying.clock.advance(1);
    }
    relying.publisher.script().status = 200;
    assert!(relying.verify(&relying.token()).await.is_ok());
}

#[tokio::test]
async fn metadata_are_good_for_an_hour_and_keys_for_as_long_as_they_say_within_bounds() {
    for (cache_control, lifetime) in [
        (None, 300),
        (Some("public, max-age=600"), 600),
        (Some("max-age=5"), 60),
        (Some("no-cache"), 60),
        (Some("max-age=21600"), 3600),
    ] {
        let relying = Relying::new().await;
        let headers = cache_control.map(|it| ("cache-control", it.to_owned()));
        relying.publisher.script().headers = headers.into_iter().collect();
        relying.verify(&relying.token()).await.unwrap();
        relying.clock.advance(lifetime - 1);
        relying.verify(&relying.token()).await.unwrap();
        relying.discovery.keys.settled().await;
        assert_eq!(relying.publisher.fetches("/keys"), 1, "{cache_control:?}");
        relying.clock.advance(1);
        // Who comes then waits for nothing.
        let token = relying.token();
        assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
        relying.discovery.keys.settled().await;
        assert_eq!(relying.publisher.fetches("/keys"), 2, "{cache_control:?}");
    }

    let relying = Relying::new().await;
    relying.discovery.metadata().await.unwrap();
    relying.clock.advance(3599);
    relying.discovery.metadata().await.unwrap();
    assert_eq!(relying.publisher.asked(), 1);
    relying
        .publisher
        .says("token_endpoint", json!("https://id.example/token"));
    relying.clock.advance(1);
    relying.discovery.metadata().await.unwrap();
    relying.discovery.metadata.settled().await;
    let metadata = relying.discovery.metadata().await.unwrap();
    assert_eq!(metadata.token_endpoint.as_str(), "https://id.example/token");
    assert_eq!(relying.publisher.asked(), 2);
}

#[tokio::test]
async fn the_last_good_answers_are_kept_for_a_while() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    relying.publisher.script().status = 500;
    let hours_6 = 6 * 3600;
    for _ in 0..11 {
        relying.clock.advance(1800);
        assert!(relying.verify(&relying.token()).await.is_ok());
        assert!(relying.discovery.metadata().await.is_ok());
        // A key that nobody knows may be a new one: whose fault it is cannot be said.
        let stranger = relying.token_of(&foreign::Provider::new());
        assert!(retry_after(relying.verify(&stranger).await) <= 30);
    }
    relying.clock.advance(hours_6 - 11 * 1800);
    assert!(relying.verify(&relying.token()).await.is_ok());
    relying.clock.advance(1);
    assert!(retry_after(relying.verify(&relying.token()).await) <= 30);
    let unavailable = relying.discovery.metadata().await.unwrap_err();
    assert_eq!(unavailable.reason, "it responds with 500");

    relying.publisher.script().status = 200;
    relying.clock.advance(30);
    assert!(relying.verify(&relying.token()).await.is_ok());
}

#[tokio::test]
async fn keys_that_have_moved_are_found_where_they_are() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    relying
        .publisher
        .says("jwks_uri", json!(relying.publisher.url("/nowhere")));
    relying.clock.advance(3600);
    assert!(relying.verify(&relying.token()).await.is_ok());
    relying.discovery.keys.settled().await;
    relying.discovery.metadata.settled().await;
    relying.clock.advance(300);
    assert!(relying.verify(&relying.token()).await.is_ok());
    relying.discovery.keys.settled().await;
    assert_eq!(relying.publisher.fetches("/nowhere"), 1);
}

#[tokio::test]
async fn a_provider_that_withdraws_all_keys_is_believed_no_more() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    relying.publisher.publishes(&[]);
    relying.clock.advance(600);
    assert_eq!(relying.verify(&relying.token()).await, Err(UNKNOWN));
}

#[tokio::test]
async fn who_goes_on_asking_is_not_kept_waiting_by_a_provider_that_hangs() {
    let relying = Relying::within(
        crate::fetch::NetworkAccess::Loopback,
        Duration::from_millis(100),
    )
    .await;
    relying.verify(&relying.token()).await.unwrap();
    relying.publisher.falls_silent();
    relying.clock.advance(300);
    let token = relying.token();
    for _ in 0..10 {
        assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
    }
    relying.discovery.keys.settled().await;
    assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
}
