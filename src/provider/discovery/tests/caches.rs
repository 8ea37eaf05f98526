//! Tests of the number of requests to a provider, and of its documents while it does not respond.

use std::time::Duration;

use futures_util::{FutureExt, future::join_all};
use serde_json::json;

use super::{Error, ProviderUnavailable, Publisher, Relying};
use crate::{
    key_set::tests::published,
    token::{TokenRejection, tests::foreign},
};

const UNKNOWN: Error = Error::Rejected(TokenRejection::UnknownKey);

fn retry_after(result: Result<impl std::fmt::Debug, Error>) -> u64 {
    match result {
        Err(Error::Unavailable(ProviderUnavailable { retry_after, .. })) => retry_after.as_secs(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn concurrent_callers_share_one_request_for_each_document() {
    let relying = Relying::new().await;
    let token = relying.token();
    let results = join_all((0..100).map(|_| relying.verify(&token))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(relying.publisher.requests(), 2);
    // Later callers wait for no request.
    assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
    assert!(relying.discovery.metadata().now_or_never().unwrap().is_ok());
    assert_eq!(relying.publisher.requests(), 2);
}

#[tokio::test]
async fn request_continues_when_its_first_caller_is_cancelled() {
    let relying = Relying::new().await;
    relying.publisher.stop_responding();
    let token = relying.token();
    let mut first = Box::pin(relying.verify(&token));
    assert!(futures_util::poll!(&mut first).is_pending());
    relying.publisher.wait_for_requests(1).await;
    let second = relying.verify(&token);
    drop(first);
    relying.publisher.respond_again();
    second.await.unwrap();
    assert_eq!(relying.publisher.requests(), 2);
}

#[tokio::test]
async fn unknown_key_is_fetched_once_in_a_cooldown() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    let next = foreign::Provider::new();
    relying.publisher.publish_keys(&published(&next.mint));
    // Forged tokens cannot cause requests.
    for _ in 0..10 {
        let result = relying.verify(&relying.token_of(&next)).await;
        assert_eq!(result, Err(UNKNOWN));
    }
    relying.clock.advance(29);
    assert_eq!(relying.verify(&relying.token_of(&next)).await, Err(UNKNOWN));
    assert_eq!(relying.publisher.fetches("/keys"), 1);

    relying.clock.advance(1);
    let token = relying.token_of(&next);
    let results = join_all((0..10).map(|_| relying.verify(&token))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(relying.publisher.fetches("/keys"), 2);
    // A key that is no longer published is rejected.
    assert_eq!(relying.verify(&relying.token()).await, Err(UNKNOWN));
    let strangers: Vec<_> = (0..10).map(|_| foreign::Provider::new()).collect();
    for stranger in &strangers {
        let result = relying.verify(&relying.token_of(stranger)).await;
        assert_eq!(result, Err(UNKNOWN));
    }
    assert_eq!(relying.publisher.fetches("/keys"), 2);
    assert_eq!(relying.publisher.fetches(Publisher::DOCUMENT), 1);
}

#[tokio::test]
async fn failing_provider_is_requested_every_five_seconds() {
    let relying = Relying::new().await;
    relying.publisher.script().status = 500;
    for round in 1..4 {
        for _ in 0..10 {
            let result = relying.verify(&relying.token()).await;
            assert_eq!(retry_after(result), 5);
            assert!(relying.discovery.metadata().await.is_err());
        }
        relying.clock.advance(4);
        assert_eq!(retry_after(relying.verify(&relying.token()).await), 1);
        assert_eq!(relying.publisher.requests(), round);
        relying.clock.advance(1);
    }
    relying.publisher.script().status = 200;
    assert!(relying.verify(&relying.token()).await.is_ok());
}

#[tokio::test]
async fn metadata_are_fresh_for_an_hour_and_keys_by_cache_control() {
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
        relying.discovery.keys.wait_until_idle().await;
        assert_eq!(relying.publisher.fetches("/keys"), 1, "{cache_control:?}");
        relying.clock.advance(1);
        // The next caller uses the cached keys without waiting.
        let token = relying.token();
        assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
        relying.discovery.keys.wait_until_idle().await;
        assert_eq!(relying.publisher.fetches("/keys"), 2, "{cache_control:?}");
    }

    let relying = Relying::new().await;
    relying.discovery.metadata().await.unwrap();
    relying.clock.advance(3599);
    relying.discovery.metadata().await.unwrap();
    assert_eq!(relying.publisher.requests(), 1);
    relying
        .publisher
        .set_metadata("token_endpoint", json!("https://id.example/token"));
    relying.clock.advance(1);
    relying.discovery.metadata().await.unwrap();
    relying.discovery.metadata.wait_until_idle().await;
    let metadata = relying.discovery.metadata().await.unwrap();
    assert_eq!(metadata.token_endpoint.as_str(), "https://id.example/token");
    assert_eq!(relying.publisher.requests(), 2);
}

#[tokio::test]
async fn last_good_documents_are_used_up_to_the_stale_limit() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    relying.publisher.script().status = 500;
    let hours_6 = 6 * 3600;
    for _ in 0..11 {
        relying.clock.advance(1800);
        assert!(relying.verify(&relying.token()).await.is_ok());
        assert!(relying.discovery.metadata().await.is_ok());
        // An unknown key may be a new one, so the token is not rejected.
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
async fn keys_are_fetched_from_a_changed_jwks_uri() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    relying
        .publisher
        .set_metadata("jwks_uri", json!(relying.publisher.url("/nowhere")));
    relying.clock.advance(3600);
    assert!(relying.verify(&relying.token()).await.is_ok());
    relying.discovery.keys.wait_until_idle().await;
    relying.discovery.metadata.wait_until_idle().await;
    relying.clock.advance(300);
    assert!(relying.verify(&relying.token()).await.is_ok());
    relying.discovery.keys.wait_until_idle().await;
    assert_eq!(relying.publisher.fetches("/nowhere"), 1);
}

#[tokio::test]
async fn tokens_are_rejected_after_all_keys_are_withdrawn() {
    let relying = Relying::new().await;
    relying.verify(&relying.token()).await.unwrap();
    relying.publisher.publish_keys(&[]);
    relying.clock.advance(600);
    assert_eq!(relying.verify(&relying.token()).await, Err(UNKNOWN));
}

#[tokio::test]
async fn hanging_provider_delays_no_caller_with_cached_keys() {
    let relying = Relying::within(
        crate::fetch::NetworkAccess::Loopback,
        Duration::from_millis(100),
    )
    .await;
    relying.verify(&relying.token()).await.unwrap();
    relying.publisher.stop_responding();
    relying.clock.advance(300);
    let token = relying.token();
    for _ in 0..10 {
        assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
    }
    relying.discovery.keys.wait_until_idle().await;
    assert!(relying.verify(&token).now_or_never().unwrap().is_ok());
}
