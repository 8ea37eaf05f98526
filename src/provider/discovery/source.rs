//! Fetches the metadata and the keys of a provider.

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

/// The time for which metadata are fresh. They rarely change.
const METADATA_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// The bounds of the time for which keys are fresh.
const KEYS: Freshness = Freshness {
    usual: TimeDelta::minutes(5),
    shortest: TimeDelta::minutes(1),
    longest: TimeDelta::hours(1),
};

/// A reason why a document is unavailable.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    /// The provider does not respond.
    #[error("it {0}")]
    Fetch(#[from] fetch::Error),
    /// The provider responds with this status.
    #[error("it responds with {0}")]
    Status(u16),
    /// The metadata are invalid.
    #[error("its document {0}")]
    Metadata(#[from] MetadataError),
    /// The key set is invalid.
    #[error("its key set {0}")]
    Keys(#[from] KeySetError),
    /// The URL of the keys is unknown, because the metadata are unavailable.
    #[error("{}", .0.reason)]
    NoMetadata(ProviderUnavailable),
}

impl DocumentError {
    /// Returns the innermost cause, if it adds to the message of the error.
    pub(super) fn innermost(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Fetch(error) => error.source().map(innermost),
            _ => None,
        }
    }
}

/// Fetches the metadata.
#[derive(Clone)]
pub(super) struct MetadataSource {
    /// The ID of the provider in logs.
    id: Arc<str>,
    document: Url,
    issuer: Arc<str>,
    fetcher: Fetcher,
}

/// Fetches the keys from the `jwks_uri` of the metadata.
#[derive(Clone)]
pub(super) struct KeySource {
    pub(super) provider: MetadataSource,
    pub(super) metadata: RefreshingCache<MetadataSource>,
}

impl MetadataSource {
    /// Creates the source of the document below `base`, which must have that issuer. A slash at the end of
    /// `base` is left out (OpenID Connect Discovery §4.1).
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

    async fn request(&self) -> Result<Fetched<ProviderMetadata>, DocumentError> {
        let (_, text) = get(&self.fetcher, &self.document).await?;
        Ok(Fetched {
            value: Arc::new(ProviderMetadata::read(&text, &self.issuer, &self.fetcher)?),
            lifetime: METADATA_LIFETIME,
        })
    }
}

impl MetadataSource {
    /// Logs a failed request with its innermost cause.
    fn log_failure(&self, error: &DocumentError, message: &str) {
        let (provider, issuer) = (&*self.id, &*self.issuer);
        let source = error.innermost().map(tracing::field::display);
        tracing::warn!(provider, issuer, cause = %error, source, "{message}");
    }
}

impl FetchSource for MetadataSource {
    type Value = ProviderMetadata;
    type Error = DocumentError;

    async fn fetch(
        &self,
        _: Option<Arc<ProviderMetadata>>,
    ) -> Result<Fetched<ProviderMetadata>, DocumentError> {
        let fetched = self.request().await;
        fetched.inspect_err(|error| {
            self.log_failure(error, "the metadata of a provider could not be fetched");
        })
    }
}

impl KeySource {
    async fn request(&self) -> Result<Fetched<KeySet>, DocumentError> {
        let found = self.metadata.find(|it| Some(it.jwks_uri.clone())).await;
        let url = found
            .map_err(|missed| DocumentError::NoMetadata(unavailable(missed, &self.metadata)))?;
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
        let fetched = self.request().await;
        fetched.inspect_err(|error| {
            if !matches!(error, DocumentError::NoMetadata(_)) {
                self.provider
                    .log_failure(error, "the keys of a provider could not be fetched");
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
