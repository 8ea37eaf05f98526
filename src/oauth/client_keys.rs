//! The public keys of clients that authenticate by `private_key_jwt` (RFC 7523).

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use url::Url;

use crate::{
    cached_fetch::{FetchSource, Fetched, LookupError, RefreshingCache},
    client::{Client, ClientKeys, Clients},
    clock::Clock,
    fetch::{self, Fetcher},
    key_set::{KeySet, KeySetError},
    token::foreign::names_no_key_of,
};

/// The time for which a fetched key set is used.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The least time between two requests for a key set.
const COOLDOWN: TimeDelta = TimeDelta::seconds(30);

/// The time for which the last key set is used while its server does not respond.
const STALE_LIMIT: TimeDelta = TimeDelta::hours(6);

/// The inline key set of a client is unusable.
#[derive(Debug, thiserror::Error)]
#[error("clients.jwks of the client {client_id}: the key set {reason}")]
pub struct ClientKeySetError {
    client_id: String,
    reason: String,
}

/// A failure to fetch a key set.
#[derive(Debug, thiserror::Error)]
pub enum ClientKeysError {
    /// The request failed.
    #[error("the request {0}")]
    Fetch(#[from] fetch::Error),
    /// The response has another status than 200.
    #[error("the server responds with {0}")]
    Status(u16),
    /// The response is not a key set.
    #[error("the key set {0}")]
    Keys(#[from] KeySetError),
}

/// The key sets of all clients, by `client_id`. Cheap to clone.
#[derive(Clone, Default)]
pub struct ClientKeySets(Arc<BTreeMap<String, KeySetOf>>);

enum KeySetOf {
    Inline(Arc<KeySet>),
    Fetched(RefreshingCache<ClientKeySource>),
}

#[derive(Clone)]
struct ClientKeySource {
    client_id: Arc<str>,
    url: Url,
    fetcher: Fetcher,
}

impl std::fmt::Debug for ClientKeySets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl ClientKeySets {
    /// The key sets of these clients. Fetches nothing before a client presents an assertion.
    ///
    /// # Errors
    /// The inline key set of a client has no usable key.
    pub fn new(
        clients: &Clients,
        fetcher: Option<&Fetcher>,
        clock: &Clock,
    ) -> Result<Self, ClientKeySetError> {
        let mut sets = BTreeMap::new();
        for client in clients.iter() {
            let set = match &client.authentication.keys {
                None => continue,
                Some(ClientKeys::Inline(text)) => {
                    let keys = KeySet::of_provider(text.as_bytes());
                    let wrong = |reason| ClientKeySetError {
                        client_id: client.client_id.clone(),
                        reason,
                    };
                    let keys = keys.map_err(|error| wrong(error.to_string()))?;
                    if keys.is_empty() {
                        return Err(wrong("has no key for ES256, RS256 or EdDSA".to_owned()));
                    }
                    KeySetOf::Inline(Arc::new(keys))
                }
                Some(ClientKeys::Uri(url)) => {
                    let Some(fetcher) = fetcher else { continue };
                    let source = ClientKeySource {
                        client_id: client.client_id.as_str().into(),
                        url: url.clone(),
                        fetcher: fetcher.separate(),
                    };
                    KeySetOf::Fetched(RefreshingCache::new(
                        source,
                        clock.clone(),
                        COOLDOWN,
                        STALE_LIMIT,
                    ))
                }
            };
            sets.insert(client.client_id.clone(), set);
        }
        Ok(Self(Arc::new(sets)))
    }

    /// The key set by which an assertion of that client is verified. A fetched set that lacks the key
    /// of the assertion is fetched again.
    ///
    /// # Errors
    /// The client has no keys, or they cannot be fetched.
    pub async fn of(
        &self,
        client: &Client,
        assertion: &str,
    ) -> Result<Arc<KeySet>, LookupError<ClientKeysError>> {
        let cache = match self.0.get(&client.client_id) {
            None => return Err(LookupError::Unknown),
            Some(KeySetOf::Inline(keys)) => return Ok(keys.clone()),
            Some(KeySetOf::Fetched(cache)) => cache,
        };
        let has_key =
            |keys: &Arc<KeySet>| (!names_no_key_of(keys, assertion)).then(|| keys.clone());
        cache.find(has_key).await
    }
}

impl ClientKeySource {
    async fn request(&self) -> Result<Fetched<KeySet>, ClientKeysError> {
        let (parts, body) = self.fetcher.get(&self.url).await?.into_parts();
        if parts.status.as_u16() != 200 {
            return Err(ClientKeysError::Status(parts.status.as_u16()));
        }
        Ok(Fetched {
            value: Arc::new(KeySet::of_provider(&body)?),
            lifetime: LIFETIME,
        })
    }
}

impl FetchSource for ClientKeySource {
    type Value = KeySet;
    type Error = ClientKeysError;

    async fn fetch(&self, _: Option<Arc<KeySet>>) -> Result<Fetched<KeySet>, ClientKeysError> {
        self.request().await.inspect_err(|error| {
            let client_id = &*self.client_id;
            tracing::warn!(client_id, cause = %error, "the keys of a client could not be fetched");
        })
    }
}
