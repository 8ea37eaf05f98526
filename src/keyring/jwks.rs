//! The JSON Web Key Set (RFC 7517 §5), serialised once for each period in which it does not change.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;

use super::{KeyPhase, SigningKey, held_key::HeldKey};
use crate::cached_document::CachedDocument;

/// The key set as it is now, and as it will be after each retirement of a key.
#[derive(Debug)]
pub(super) struct JwksTimeline {
    now: Arc<CachedDocument>,
    later: Vec<(DateTime<Utc>, Arc<CachedDocument>)>,
}

impl JwksTimeline {
    pub(super) fn new(keys: &[HeldKey<SigningKey>], now: DateTime<Utc>) -> Self {
        let ends = keys.iter().filter_map(|held| held.window.verifies_until);
        let mut ends: Vec<_> = ends.filter(|end| *end > now).collect();
        ends.sort_unstable();
        ends.dedup();
        Self {
            now: at(keys, now),
            later: ends.into_iter().map(|end| (end, at(keys, end))).collect(),
        }
    }

    /// Returns the key set at that time.
    pub(super) fn at(&self, time: DateTime<Utc>) -> Arc<CachedDocument> {
        let begun = self.later.iter().rev().find(|(from, _)| *from <= time);
        begun.map_or(&self.now, |(_, document)| document).clone()
    }
}

fn at(keys: &[HeldKey<SigningKey>], time: DateTime<Utc>) -> Arc<CachedDocument> {
    let mut published: Vec<_> = keys
        .iter()
        .filter(|held| held.window.phase(time) != KeyPhase::Retired)
        .collect();
    published.sort_by_key(|held| held.file);
    let keys = published
        .iter()
        .map(|held| held.key.jwk().clone())
        .collect();
    Arc::new(CachedDocument::new(
        serde_json::to_string(&JwkSet { keys }).unwrap_or_default(),
    ))
}
