//! The metadata and the key set that an OpenID provider publishes (OpenID Connect Discovery §4).
//!
//! Both are fetched when they are needed, from the configured issuer and never from a URL that a token names.
//! A provider that is down or publishes invalid documents is unavailable; other providers are not affected. A
//! caller waits for at most one request for metadata and one for keys after the other.

mod metadata;
mod source;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

pub use self::metadata::{MetadataError, ProviderMetadata};
use self::source::{DocumentError, KeySource, MetadataSource};
use crate::{
    cached_fetch::{FetchSource, LookupError, RefreshingCache},
    clock::Clock,
    fetch::Fetcher,
    key_set::KeySet,
    microsoft_tenants::{self, Tenants},
    token::{
        ExpectedIdToken, IdToken, IssuerRule, TokenRejection, Tokens, foreign::names_no_key_of,
    },
};

/// The least time between two requests for an unknown key.
const COOLDOWN: TimeDelta = TimeDelta::seconds(30);

/// The time for which the last good document is used while requests fail.
const STALE_LIMIT: TimeDelta = TimeDelta::hours(6);

/// The provider is unavailable or publishes invalid documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider is unavailable: {reason}")]
pub struct ProviderUnavailable {
    /// The cause, in a few words for a log.
    pub reason: String,
    /// The time until the next request.
    pub retry_after: Duration,
}

/// A reason why an ID token was not verified. The variant shows whether the token or the provider is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token is invalid.
    #[error("the ID token was refused: {0}")]
    Rejected(#[from] TokenRejection),
    /// The token cannot be verified now.
    #[error(transparent)]
    Unavailable(#[from] ProviderUnavailable),
}

/// The published documents of one OpenID provider, which are fetched when they are first needed.
#[derive(Debug, Clone)]
pub struct Discovery {
    rule: IssuerSource,
    metadata: RefreshingCache<MetadataSource>,
    keys: RefreshingCache<KeySource>,
}

/// The issuers of the ID tokens of the provider.
#[derive(Debug, Clone)]
enum IssuerSource {
    Exact(Arc<str>),
    Microsoft(Tenants),
}

impl Discovery {
    /// Creates the discovery of the provider with that issuer, whose documents are below `url`. Logs name the
    /// provider by its `id`.
    pub fn new(id: &str, issuer: &str, url: &Url, fetcher: Fetcher, clock: Clock) -> Self {
        let source = MetadataSource::new(id, url, issuer, fetcher);
        Self::of(IssuerSource::Exact(issuer.into()), source, clock)
    }

    /// Creates the discovery of Microsoft for many tenants: one provider with one issuer for each tenant.
    pub fn microsoft(
        id: &str,
        tenants: Tenants,
        url: &Url,
        fetcher: Fetcher,
        clock: Clock,
    ) -> Self {
        let source = MetadataSource::new(id, url, microsoft_tenants::TEMPLATE, fetcher);
        Self::of(IssuerSource::Microsoft(tenants), source, clock)
    }

    fn of(rule: IssuerSource, source: MetadataSource, clock: Clock) -> Self {
        let provider = source.clone();
        let metadata = RefreshingCache::new(source, clock.clone(), COOLDOWN, STALE_LIMIT);
        let keys = KeySource {
            provider,
            metadata: metadata.clone(),
        };
        let keys = RefreshingCache::new(keys, clock, COOLDOWN, STALE_LIMIT);
        Self {
            rule,
            metadata,
            keys,
        }
    }

    /// Returns the rule for the issuer of ID tokens.
    pub fn issuer(&self) -> IssuerRule<'_> {
        match &self.rule {
            IssuerSource::Exact(issuer) => IssuerRule::Exact(issuer),
            IssuerSource::Microsoft(tenants) => IssuerRule::Microsoft(*tenants),
        }
    }

    /// Returns the metadata of the provider.
    ///
    /// # Errors
    /// The metadata cannot be fetched or are invalid.
    pub async fn metadata(&self) -> Result<Arc<ProviderMetadata>, ProviderUnavailable> {
        let found = self.metadata.find(|metadata| Some(metadata.clone())).await;
        found.map_err(|missed| unavailable(missed, &self.metadata))
    }

    /// Verifies an ID token and returns its claims. The issuer must be the one of this provider, whatever
    /// `expected` contains. The keys are fetched again if the token names an unknown key.
    ///
    /// # Errors
    /// The token is invalid, or no keys are available.
    pub async fn verify(
        &self,
        tokens: &Tokens,
        presented: &str,
        expected: &ExpectedIdToken<'_>,
        now: DateTime<Utc>,
    ) -> Result<IdToken, Error> {
        let keys = self.keys_for(presented).await?;
        let expected = ExpectedIdToken {
            issuer: self.issuer(),
            ..*expected
        };
        Ok(tokens.verify_id_token(presented, &keys, &expected, now)?)
    }

    async fn keys_for(&self, presented: &str) -> Result<Arc<KeySet>, ProviderUnavailable> {
        let has_key =
            |keys: &Arc<KeySet>| (!names_no_key_of(keys, presented)).then(|| keys.clone());
        match self.keys.find(has_key).await {
            Ok(keys) => Ok(keys),
            Err(LookupError::Unknown) => self.keys.find(|keys| Some(keys.clone())).await,
            Err(missed) => Err(missed),
        }
        .map_err(|missed| unavailable(missed, &self.keys))
    }
}

fn unavailable<S: FetchSource<Error = DocumentError>>(
    missed: LookupError<DocumentError>,
    cache: &RefreshingCache<S>,
) -> ProviderUnavailable {
    let (cause, retry_after) = match missed {
        LookupError::Unavailable { retry_after, cause } => (cause, retry_after),
        LookupError::Unknown => (None, cache.retry_after()),
    };
    let reason = cause.map_or_else(
        || "no request was made".to_owned(),
        |it| match it.innermost() {
            Some(source) => format!("{it}: {source}"),
            None => it.to_string(),
        },
    );
    ProviderUnavailable {
        reason,
        retry_after,
    }
}

#[cfg(test)]
mod tests;
