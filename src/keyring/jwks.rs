//! The JSON Web Key Set (RFC 7517 §5), serialised once for every stretch of time it changes over.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;

use super::{Phase, SigningKey, held_key::HeldKey};
use crate::document::Document;

/// The key set as it is now, and as it will be from each time on at which a key is retired.
#[derive(Debug)]
pub(super) struct Timeline {
    now: Arc<Document>,
    later: Vec<(DateTime<Utc>, Arc<Document>)>,
}

impl Timeline {
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

    /// The key set of that time.
    pub(super) fn at(&self, time: DateTime<Utc>) -> Arc<Document> {
        let begun = self.later.iter().rev().find(|(from, _)| *from <= time);
        begun.map_or(&self.now, |(_, document)| document).clone()
    }
}

fn at(keys: &[HeldKey<SigningKey>], time: DateTime<Utc>) -> Arc<Document> {
    let mut published: Vec<_> = keys
        .iter()
        .filter(|held| held.window.phase(time) != Phase::Retired)
        .collect();
    published.sort_by_key(|held| held.file);
    let keys = published
        .iter()
        .map(|held| held.key.jwk().clone())
        .collect();
    Arc::new(Document::new(
        serde_json::to_string(&JwkSet { keys }).unwrap_or_default(),
    ))
}
