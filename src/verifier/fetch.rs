//! Fetches the issuer's keys: one URL, no redirects, bounded in time and size.

use std::{error::Error as _, net::SocketAddr, sync::Arc, time::Duration};

use chrono::TimeDelta;
use reqwest::{
    Client, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, AGE, CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH},
    redirect,
};
use url::Url;

use super::Algorithm;
use crate::{
    cached_fetch::{self, Fetched, Freshness},
    connect::{Resolver, innermost},
    key_set::{KeySet, KeySetError},
};

/// The longest key set, in bytes.
const MAX_BYTES: usize = 150 * 1024;

/// The limits of the time for which keys are fresh.
const FRESHNESS: Freshness = Freshness {
    usual: TimeDelta::minutes(5),
    shortest: TimeDelta::seconds(5),
    longest: TimeDelta::hours(1),
};

const USER_AGENT: &str = concat!("signet-verifier/", env!("CARGO_PKG_VERSION"));

/// The reason why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the response is {0}")]
    Status(StatusCode),
    #[error("the response is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("the response {0}")]
    NoKeySet(#[from] KeySetError),
}

/// The keys of the issuer with the entity tag of their response.
pub(super) struct TaggedKeySet {
    pub(super) keys: KeySet,
    etag: Option<HeaderValue>,
}

/// Resolves the issuer's name on a separate thread, so that a name server that does not respond blocks no
/// thread of the program's runtime.
#[derive(Debug)]
struct ThreadResolver(Resolver);

impl Resolve for ThreadResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.0.clone();
        Box::pin(async move {
            let found = resolver.addresses(name.as_str()).await?;
            let found: Vec<_> = found.iter().map(|it| SocketAddr::new(*it, 0)).collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The source of the keys.
#[derive(Clone)]
pub(super) struct KeySetSource {
    http: Client,
    url: Url,
    accepted: Vec<Algorithm>,
}

impl KeySetSource {
    pub(super) fn new(
        url: Url,
        accepted: Vec<Algorithm>,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let mut http = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            // Leaves time for another IP address if the first one drops connections.
            .connect_timeout(timeout / 2)
            .dns_resolver(Arc::new(ThreadResolver(Resolver::system())))
            // Keys are fetched every few minutes, and a connection kept in the meantime would go stale.
            .pool_max_idle_per_host(0);
        if url.scheme() == "http" {
            // Plain http needs no certificates, so none have to be installed. Loopback is never behind a
            // proxy.
            http = http.tls_certs_only([]).no_proxy();
        }
        Ok(Self {
            http: http.build()?,
            url,
            accepted,
        })
    }

    async fn request(
        &self,
        held: Option<Arc<TaggedKeySet>>,
    ) -> Result<Fetched<TaggedKeySet>, FetchError> {
        let mut request = self.http.get(self.url.clone());
        request = request.header(ACCEPT, "application/json");
        let tagged = held.filter(|held| held.etag.is_some());
        if let Some(etag) = tagged.as_ref().and_then(|held| held.etag.as_ref()) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let mut response = request.send().await?;
        let lifetime = lifetime(response.headers());
        let etag = response.headers().get(ETAG).cloned();
        match (response.status(), tagged) {
            (StatusCode::OK, _) => {}
            (StatusCode::NOT_MODIFIED, Some(value)) => return Ok(Fetched { value, lifetime }),
            (other, _) => return Err(FetchError::Status(other)),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let keys = KeySet::parse(&body, &self.accepted)?;
        if keys.is_empty() {
            tracing::warn!("the issuer's key set has no usable key: every token is refused");
        }
        let value = Arc::new(TaggedKeySet { keys, etag });
        Ok(Fetched { value, lifetime })
    }
}

impl cached_fetch::FetchSource for KeySetSource {
    type Value = TaggedKeySet;
    type Error = FetchError;

    /// Fetches the keys. Returns the held keys if the issuer responds that they are unchanged.
    async fn fetch(
        &self,
        held: Option<Arc<TaggedKeySet>>,
    ) -> Result<Fetched<TaggedKeySet>, FetchError> {
        let fetched = self.request(held).await;
        if let Err(error) = &fetched {
            let source = error.source().map(innermost).map(tracing::field::display);
            tracing::warn!(cause = %error, source, "the issuer's keys could not be fetched");
        }
        fetched
    }
}

/// Returns the time for which a response is fresh.
fn lifetime(headers: &HeaderMap) -> TimeDelta {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let age = headers.get(AGE).and_then(|age| age.to_str().ok());
    FRESHNESS.of(lines.filter_map(|line| line.to_str().ok()), age)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(&'static str, &str)]) -> i64 {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        lifetime(&headers).num_seconds()
    }

    #[test]
    fn freshness_follows_the_headers() {
        assert_eq!(of(&[]), 300);
        assert_eq!(of(&[("cache-control", "no-store")]), 5);
        assert_eq!(of(&[("cache-control", "max-age=31536000")]), 3600);
        let aged = [("cache-control", "max-age=900"), ("age", "600")];
        assert_eq!(of(&aged), 300);
        let split = [
            ("cache-control", "public"),
            ("cache-control", "max-age=120"),
        ];
        assert_eq!(of(&split), 120);
        // A header that is not text is ignored.
        let invalid = [("cache-control", "ä"), ("cache-control", "max-age=120")];
        assert_eq!(of(&[invalid[0], invalid[1], ("age", "ä")]), 120);
    }
}
