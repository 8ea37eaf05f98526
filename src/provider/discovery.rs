//! What an OpenID provider publishes of itself (OpenID Connect Discovery §4): where to send people, and
//! the keys of its ID tokens. Both are fetched when they are needed, from the configured issuer and
//! from nowhere that a token names. A provider that is down, or says what it must not, is unavailable,
//! and nobody else is. Nobody waits longer than for one answer after the other.

mod metadata;
mod source;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

pub use self::metadata::{Metadata, NoMetadata};
use self::source::{KeySource, MetadataSource, NoDocument};
use crate::{
    clock::Clock,
    fetch::Fetcher,
    key_set::KeySet,
    microsoft::{self, Tenants},
    remote::{Missed, Remote, Source},
    token::{Expected, IdToken, IssuerRule, Rejected, Tokens, foreign::names_no_key_of},
};

/// The least time between two questions for a key that nobody knows.
const COOLDOWN: TimeDelta = TimeDelta::seconds(30);

/// For how long the last good answer is used while there is none.
const STALE_LIMIT: TimeDelta = TimeDelta::hours(6);

/// A provider cannot be asked, or not be believed, at the moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider is unavailable: {reason}")]
pub struct Unavailable {
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
    Rejected(#[from] Rejected),
    /// It cannot be judged at the moment.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// One OpenID provider, as far as it says itself what it is. Asks nobody anything until it must.
#[derive(Debug, Clone)]
pub struct Discovery {
    rule: Rule,
    metadata: Remote<MetadataSource>,
    keys: Remote<KeySource>,
}

/// Whose ID tokens it mints.
#[derive(Debug, Clone)]
enum Rule {
    Exact(Arc<str>),
    Microsoft(Tenants),
}

impl Discovery {
    /// The provider of that issuer, which is asked at that URL. Logs name it by its `id`.
    pub fn new(id: &str, issuer: &str, url: &Url, fetcher: Fetcher, clock: Clock) -> Self {
        let source = MetadataSource::new(id, url, issuer, fetcher);
        Self::of(Rule::Exact(issuer.into()), source, clock)
    }

    /// Microsoft for many tenants: one provider that vouches under as many issuers.
    pub fn microsoft(
        id: &str,
        tenants: Tenants,
        url: &Url,
        fetcher: Fetcher,
        clock: Clock,
    ) -> Self {
        let source = MetadataSource::new(id, url, microsoft::TEMPLATE, fetcher);
        Self::of(Rule::Microsoft(tenants), source, clock)
    }

    fn of(rule: Rule, source: MetadataSource, clock: Clock) -> Self {
        let provider = source.clone();
        let metadata = Remote::new(source, clock.clone(), COOLDOWN, STALE_LIMIT);
        let keys = KeySource {
            provider,
            metadata: metadata.clone(),
        };
        let keys = Remote::new(keys, clock, COOLDOWN, STALE_LIMIT);
        Self {
            rule,
            metadata,
            keys,
        }
    }

    /// Whose ID tokens it mints.
    pub fn issuer(&self) -> IssuerRule<'_> {
        match &self.rule {
            Rule::Exact(issuer) => IssuerRule::Exact(issuer),
            Rule::Microsoft(tenants) => IssuerRule::Microsoft(*tenants),
        }
    }

    /// Where it is spoken to.
    ///
    /// # Errors
    /// It does not say.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, Unavailable> {
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
        expected: &Expected<'_>,
        now: DateTime<Utc>,
    ) -> Result<IdToken, Error> {
        let keys = self.keys_for(presented).await?;
        let expected = Expected {
            issuer: self.issuer(),
            ..*expected
        };
        Ok(tokens.verify_id_token(presented, &keys, &expected, now)?)
    }

    async fn keys_for(&self, presented: &str) -> Result<Arc<KeySet>, Unavailable> {
        let has_key =
            |keys: &Arc<KeySet>| (!names_no_key_of(keys, presented)).then(|| keys.clone());
        match self.keys.find(has_key).await {
            Ok(keys) => Ok(keys),
            Err(Missed::Unknown) => self.keys.find(|keys| Some(keys.clone())).await,
            Err(missed) => Err(missed),
        }
        .map_err(|missed| unavailable(missed, &self.keys))
    }
}

fn unavailable<S: Source<Error = NoDocument>>(
    missed: Missed<NoDocument>,
    asked: &Remote<S>,
) -> Unavailable {
    let (cause, retry_after) = match missed {
        Missed::Unavailable { retry_after, cause } => (cause, retry_after),
        Missed::Unknown => (None, asked.retry_after()),
    };
    let reason = cause.map_or_else(
        || "no request was made".to_owned(),
        |it| match it.innermost() {
            Some(source) => format!("{it}: {source}"),
            None => it.to_string(),
        },
    );
    Unavailable {
        reason,
        retry_after,
    }
}

#[cfg(test)]
mod tests;
