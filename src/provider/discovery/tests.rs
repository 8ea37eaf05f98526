//! Tests with a provider that publishes scripted documents, and a service that relies on it.

mod caches;
mod defects;
mod publisher;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::Url;

use self::publisher::Publisher;
use super::{Discovery, Error, ProviderUnavailable};
use crate::{
    clock::Clock,
    connect::Resolver,
    fetch::{Fetcher, NetworkAccess},
    key_set::tests::published,
    microsoft_tenants::Tenants,
    token::{
        ExpectedIdToken, IdToken, TokenRejection,
        tests::{
            fixture::{Mint, now},
            foreign,
        },
    },
};

/// A time limit longer than any test.
const LONG_TIMEOUT: Duration = Duration::from_mins(1);

/// A clock that stands still until it is advanced.
#[derive(Clone)]
struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }
}

fn discovery_of(issuer: &str, fetcher: Fetcher, clock: Clock) -> Discovery {
    Discovery::new("own", issuer, &Url::parse(issuer).unwrap(), fetcher, clock)
}

/// A service that relies on a provider.
struct Relying {
    provider: foreign::Provider,
    publisher: Publisher,
    clock: TestClock,
    discovery: Discovery,
}

impl Relying {
    async fn new() -> Self {
        Self::within(NetworkAccess::Loopback, LONG_TIMEOUT).await
    }

    async fn within(reach: NetworkAccess, timeout: Duration) -> Self {
        let publisher = Publisher::start().await;
        let provider = foreign::Provider::new();
        publisher.publish_keys(&published(&provider.mint));
        let clock = TestClock(Arc::new(Mutex::new(now())));
        let fetcher = Fetcher::new(reach, timeout, Resolver::system()).unwrap();
        let test_clock = clock.clone();
        let service_clock = Clock::from_fn(move || test_clock.now());
        let discovery = discovery_of(&publisher.issuer(), fetcher, service_clock);
        Self {
            provider,
            publisher,
            clock,
            discovery,
        }
    }

    /// Signs a valid ID token with the keys of that provider.
    fn token_of(&self, provider: &foreign::Provider) -> String {
        let mut payload = provider.payload();
        payload["iss"] = json!(self.publisher.issuer());
        payload["iat"] = json!(self.clock.now().timestamp());
        payload["exp"] = json!(self.clock.now().timestamp() + 300);
        provider.signed(&provider.header(), &payload)
    }

    fn token(&self) -> String {
        self.token_of(&self.provider)
    }

    async fn verify(&self, token: &str) -> Result<IdToken, Error> {
        let expected = ExpectedIdToken {
            issuer: self.discovery.issuer(),
            ..foreign::EXPECTED
        };
        let tokens = &self.provider.mint.tokens;
        let now = self.clock.now();
        self.discovery.verify(tokens, token, &expected, now).await
    }

    /// Returns the reason why the provider is unavailable.
    async fn reason(&self) -> String {
        match self.verify(&self.token()).await {
            Err(Error::Unavailable(ProviderUnavailable { reason, .. })) => reason,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn metadata_and_keys_are_fetched_when_they_are_needed() {
    let relying = Relying::new().await;
    let metadata = relying.discovery.metadata().await.unwrap();
    let at = |path: &str| relying.publisher.url(path);
    assert_eq!(metadata.issuer, relying.publisher.issuer());
    assert_eq!(
        metadata.authorization_endpoint.as_str(),
        at("/authorize?x=y")
    );
    assert_eq!(metadata.token_endpoint.as_str(), at("/token"));
    assert_eq!(metadata.jwks_uri.as_str(), at("/keys"));
    assert_eq!(metadata.userinfo_endpoint, None);
    // Absent members have the defaults of the specification.
    let methods = &metadata.token_endpoint_auth_methods_supported;
    assert_eq!(*methods, ["client_secret_basic"]);
    assert!(!metadata.authorization_response_iss_parameter_supported);
    assert_eq!(
        relying.publisher.fetches("/keys"),
        0,
        "no keys are needed yet"
    );

    let token = relying.verify(&relying.token()).await.unwrap();
    assert_eq!(token.sub, "248289761001");
    assert_eq!(relying.publisher.fetches(Publisher::DOCUMENT), 1);
    assert_eq!(relying.publisher.fetches("/keys"), 1);
}

#[tokio::test]
async fn optional_metadata_are_read() {
    let relying = Relying::new().await;
    let publisher = &relying.publisher;
    publisher.set_metadata("userinfo_endpoint", json!(publisher.url("/me")));
    publisher.set_metadata(
        "token_endpoint_auth_methods_supported",
        json!(["none", "later"]),
    );
    publisher.set_metadata(
        "authorization_response_iss_parameter_supported",
        json!(true),
    );
    publisher.set_metadata("later", json!({"a": 1}));
    let metadata = relying.discovery.metadata().await.unwrap();
    assert_eq!(metadata.userinfo_endpoint.as_ref().unwrap().path(), "/me");
    assert_eq!(
        metadata.token_endpoint_auth_methods_supported,
        ["none", "later"]
    );
    assert!(metadata.authorization_response_iss_parameter_supported);
}

#[tokio::test]
async fn issuer_may_have_a_path_and_a_trailing_slash() {
    for (path, document) in [
        ("/", "/.well-known/openid-configuration"),
        ("/tenant", "/tenant/.well-known/openid-configuration"),
        ("/tenant/", "/tenant/.well-known/openid-configuration"),
    ] {
        let mut relying = Relying::new().await;
        let issuer = relying.publisher.url(path);
        relying.publisher.set_metadata("issuer", json!(issuer));
        relying.discovery = {
            let fetcher =
                Fetcher::new(NetworkAccess::Loopback, LONG_TIMEOUT, Resolver::system()).unwrap();
            discovery_of(&issuer, fetcher, Clock::from_fn(now))
        };
        let metadata = relying.discovery.metadata().await.unwrap();
        assert_eq!(metadata.issuer, issuer);
        assert_eq!(relying.publisher.fetches(document), 1, "{path}");
    }
}

#[tokio::test]
async fn invalid_tokens_are_rejected_with_their_reason() {
    let relying = Relying::new().await;
    let stranger = foreign::Provider::new();
    for (token, reason) in [
        (relying.provider.token(), TokenRejection::Issuer),
        (relying.token_of(&stranger), TokenRejection::UnknownKey),
        (
            stranger.signed(&relying.provider.header(), &relying.provider.payload()),
            TokenRejection::Signature,
        ),
        ("a.b.c".to_owned(), TokenRejection::Malformed),
        (String::new(), TokenRejection::Malformed),
    ] {
        assert_eq!(relying.verify(&token).await, Err(reason.into()), "{token}");
    }
    assert!(relying.verify(&relying.token()).await.is_ok());
}

/// The expected issuer is the one of the keys, whatever the caller passes.
#[tokio::test]
async fn token_of_another_issuer_is_rejected_whatever_the_caller_expects() {
    let relying = Relying::new().await;
    let tokens = &relying.provider.mint.tokens;
    let token = relying.provider.token();
    let discovery = &relying.discovery;
    let result = discovery.verify(tokens, &token, &foreign::EXPECTED, now());
    assert_eq!(result.await, Err(TokenRejection::Issuer.into()));
}

/// One provider publishes the documents, and its tokens have one issuer for each tenant.
#[tokio::test]
async fn microsoft_tokens_have_the_issuer_of_their_tenant() {
    let mut relying = Relying::new().await;
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    let with_issuer = |key: Value| {
        let mut key = key;
        key.as_object_mut().unwrap().remove("alg");
        key["issuer"] = json!(template);
        key
    };
    let keys: Vec<_> = published(&relying.provider.mint)
        .into_iter()
        .map(with_issuer)
        .collect();
    relying.publisher.publish_keys(&keys);
    relying.publisher.set_metadata("issuer", json!(template));
    let token = |tid: &str| {
        let mut payload = relying.provider.payload();
        payload["iss"] = json!(template.replace("{tenantid}", tenant));
        payload["tid"] = json!(tid);
        let header = relying.provider.header();
        relying.provider.signed(&header, &payload)
    };
    let (good, bad) = (token(tenant), token("9188040d-6c67-4c5b-b112-36a304b66dad"));
    for tenants in [Tenants::Common, Tenants::Organizations] {
        let fetcher =
            Fetcher::new(NetworkAccess::Loopback, LONG_TIMEOUT, Resolver::system()).unwrap();
        let url = Url::parse(&relying.publisher.issuer()).unwrap();
        relying.discovery =
            Discovery::microsoft("own", tenants, &url, fetcher, Clock::from_fn(now));
        assert_eq!(relying.discovery.metadata().await.unwrap().issuer, template);
        assert!(relying.verify(&good).await.is_ok());
        assert_eq!(
            relying.verify(&bad).await,
            Err(TokenRejection::Issuer.into())
        );
    }
}

#[tokio::test]
async fn the_published_keys_verify_and_not_the_keys_of_the_service() {
    let relying = Relying::new().await;
    let other = Mint::new();
    let expected = ExpectedIdToken {
        issuer: relying.discovery.issuer(),
        ..foreign::EXPECTED
    };
    let token = relying.token();
    let result = relying
        .discovery
        .verify(&other.tokens, &token, &expected, now());
    assert!(result.await.is_ok());
}
