//! What an OpenID provider publishes of itself (OpenID Connect Discovery §4): where to send people, and
//! the keys of its ID tokens. Both are fetched when they are needed, from the configured issuer and
//! from nowhere that a token names. A provider that is down, or says what it must not, is unavailable,
//! and nobody else is. Nobody waits longer than for one answer after the other.

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

/// The least time between two questions for a key that nobody knows.
const COOLDOWN: TimeDelta = TimeDelta::seconds(30);

/// For how long the last good answer is used while there is none.
const STALE_LIMIT: TimeDelta = TimeDelta::hours(6);

/// A provider cannot be asked, or not be believed, at the moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider is unavailable: {reason}")]
pub struct ProviderUnavailable {
    /// Why, in a few words for a log.
    pub reason: String,
    /// When it will be asked again.
    pub retry_after: Duration,
}

/// Why an ID token was not verified: it makes all the difference whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token is no good.
    #[error("the ID token was refused: {0}")]
    Rejected(#[from] TokenRejection),
    /// It cannot be judged at the moment.
    #[error(transparent)]
    Unavailable(#[from] ProviderUnavailable),
}

/// One OpenID provider, as far as it says itself what it is. Asks nobody anything until it must.
#[derive(Debug, Clone)]
pub struct Discovery {
    rule: IssuerSource,
    metadata: RefreshingCache<MetadataSource>,
    keys: RefreshingCache<KeySource>,
}

/// Whose ID tokens it mints.
#[derive(Debug, Clone)]
enum IssuerSource {
    Exact(Arc<str>),
    Microsoft(Tenants),
}

impl Discovery {
    /// The provider of that issuer, which is asked at that URL. Logs name it by its `id`.
    pub fn new(id: &str, issuer: &str, url: &Url, fetcher: Fetcher, clock: Clock) -> Self {
        let source = MetadataSource::new(id, url, issuer, fetcher);
        Self::of(IssuerSource::Exact(issuer.into()), source, clock)
    }

    /// Microsoft for many tenants: one provider that vouches under as many issuers.
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

    /// Whose ID tokens it mints.
    pub fn issuer(&self) -> IssuerRule<'_> {
        match &self.rule {
            IssuerSource::Exact(issuer) => IssuerRule::Exact(issuer),
            IssuerSource::Microsoft(tenants) => IssuerRule::Microsoft(*tenants),
        }
    }

    /// Where it is spoken to.
    ///
    /// # Errors
    /// It does not say.
    pub async fn metadata(&self) -> Result<Arc<ProviderMetadata>, ProviderUnavailable> {
        let found = self.metadata.find(|metadata| Some(metadata.clone())).await;
        found.map_err(|missed| unavailable(missed, &self.metadata))
    }

    /// The claims of an ID token, if it is a good one of this provider's: the issuer is its own, whatever
    /// is expected otherwise. It is asked once more for a key that is not known.
    ///
    /// # Errors
    /// It is no good, or there are no keys to judge it by.
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
    asked: &RefreshingCache<S>,
) -> ProviderUnavailable {
    let (cause, retry_after) = match missed {
        LookupError::Unavailable { retry_after, cause } => (cause, retry_after),
        LookupError::Unknown => (None, asked.retry_after()),
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
