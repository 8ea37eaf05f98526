//! Asking a provider for its documents.

use std::{error::Error, sync::Arc};

use chrono::TimeDelta;
use http::{HeaderMap, header};
use url::Url;

use super::{MetadataError, ProviderMetadata, ProviderUnavailable, unavailable};
use crate::{
    cached_fetch::{FetchSource, Fetched, Freshness, RefreshingCache},
    connect::innermost,
    fetch::{self, Fetcher},
    key_set::{KeySet, KeySetError},
};

/// How long metadata is fresh: it changes hardly ever.
const METADATA_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// How long keys are fresh.
const KEYS: Freshness = Freshness {
    usual: TimeDelta::minutes(5),
    shortest: TimeDelta::minutes(1),
    longest: TimeDelta::hours(1),
};

/// Why there is no document to go by.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    /// There is no answer.
    #[error("it {0}")]
    Fetch(#[from] fetch::Error),
    /// There is one, and it is no document.
    #[error("it responds with {0}")]
    Status(u16),
    /// The metadata are not what they must be.
    #[error("its document {0}")]
    Metadata(#[from] MetadataError),
    /// The keys are not.
    #[error("its key set {0}")]
    Keys(#[from] KeySetError),
    /// Where the keys are is not known.
    #[error("{}", .0.reason)]
    Unknown(ProviderUnavailable),
}

impl DocumentError {
    /// The innermost cause, where it says more than the error itself.
    pub(super) fn innermost(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fetch(error) => error.source().map(innermost),
            _ => None,
        }
    }
}

/// Asks for the metadata.
#[derive(Clone)]
pub(super) struct MetadataSource {
    /// What logs call the provider.
    id: Arc<str>,
    document: Url,
    issuer: Arc<str>,
    fetcher: Fetcher,
}

/// Asks for the keys, where the metadata say that they are.
#[derive(Clone)]
pub(super) struct KeySource {
    pub(super) provider: MetadataSource,
    pub(super) metadata: RefreshingCache<MetadataSource>,
}

impl MetadataSource {
    /// The document below that address, which must say that it is this issuer's. A slash at the end of
    /// the address is left out (OpenID Connect Discovery §4.1).
    pub(super) fn new(id: &str, base: &Url, issuer: &str, fetcher: Fetcher) -> Self {
        let path = base.path().strip_suffix('/').unwrap_or(base.path());
        let mut document = base.clone();
        document.set_path(&format!("{path}/.well-known/openid-configuration"));
        Self {
            id: id.into(),
            document,
            issuer: issuer.into(),
            fetcher,
        }
    }

    async fn ask(&self) -> Result<Fetched<ProviderMetadata>, DocumentError> {
        let (_, text) = get(&self.fetcher, &self.document).await?;
        Ok(Fetched {
            value: Arc::new(ProviderMetadata::read(&text, &self.issuer, &self.fetcher)?),
            lifetime: METADATA_LIFETIME,
        })
    }
}

impl MetadataSource {
    /// Logs why there is no document, to the innermost cause.
    fn failed(&self, error: &DocumentError, what: &str) {
        let (provider, issuer) = (&*self.id, &*self.issuer);
        let source = error.innermost().map(tracing::field::display);
        tracing::warn!(provider, issuer, cause = %error, source, "{what}");
    }
}

impl FetchSource for MetadataSource {
    type Value = ProviderMetadata;
    type Error = DocumentError;

    async fn fetch(
        &self,
        _: Option<Arc<ProviderMetadata>>,
    ) -> Result<Fetched<ProviderMetadata>, DocumentError> {
        let asked = self.ask().await;
        asked.inspect_err(|error| {
            self.failed(error, "the metadata of a provider could not be fetched");
        })
    }
}

impl KeySource {
    async fn ask(&self) -> Result<Fetched<KeySet>, DocumentError> {
        let found = self.metadata.find(|it| Some(it.jwks_uri.clone())).await;
        let url =
            found.map_err(|missed| DocumentError::Unknown(unavailable(missed, &self.metadata)))?;
        let (headers, text) = get(&self.provider.fetcher, &url).await?;
        let keys = KeySet::of_provider(&text)?;
        if keys.is_empty() {
            let (provider, issuer) = (&*self.provider.id, &*self.provider.issuer);
            tracing::warn!(
                provider,
                issuer,
                "the key set of a provider has no usable key: every ID token is refused"
            );
        }
        Ok(Fetched {
            value: Arc::new(keys),
            lifetime: lifetime(&headers),
        })
    }
}

impl FetchSource for KeySource {
    type Value = KeySet;
    type Error = DocumentError;

    async fn fetch(&self, _: Option<Arc<KeySet>>) -> Result<Fetched<KeySet>, DocumentError> {
        let asked = self.ask().await;
        asked.inspect_err(|error| {
            if !matches!(error, DocumentError::Unknown(_)) {
                self.provider
                    .failed(error, "the keys of a provider could not be fetched");
            }
        })
    }
}

async fn get(fetcher: &Fetcher, url: &Url) -> Result<(HeaderMap, Vec<u8>), DocumentError> {
    let (parts, text) = fetcher.get(url).await?.into_parts();
    match parts.status.as_u16() {
        200 => Ok((parts.headers, text)),
        other => Err(DocumentError::Status(other)),
    }
}

fn lifetime(headers: &HeaderMap) -> TimeDelta {
    let lines = headers.get_all(header::CACHE_CONTROL).iter();
    let age = headers.get(header::AGE).and_then(|age| age.to_str().ok());
    KEYS.of(lines.filter_map(|line| line.to_str().ok()), age)
}
