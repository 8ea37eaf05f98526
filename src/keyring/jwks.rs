//! The JSON Web Key Set (RFC 7517 §5), serialised once for every stretch of time it changes over.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;

use super::{Phase, SigningKey, contents::Held};

/// A public JSON text and its strong entity tag (RFC 9110 §8.8.3), made once: an answer shares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The JSON text.
    pub body: Bytes,
    /// The tag, quotes included.
    pub etag: Bytes,
}

impl Document {
    /// Tags a text with its hash.
    pub fn new(body: String) -> Self {
        let tag = URL_SAFE_NO_PAD.encode(digest(&SHA256, body.as_bytes()));
        Self {
            etag: format!("\"{tag}\"").into(),
            body: body.into(),
        }
    }

    /// The JSON text, as text.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap_or_default()
    }
}

/// The key set as it is now, and as it will be from each time on at which a key is retired.
#[derive(Debug)]
pub(super) struct Timeline {
    now: Arc<Document>,
    later: Vec<(DateTime<Utc>, Arc<Document>)>,
}

impl Timeline {
    pub(super) fn new(keys: &[Held<SigningKey>], now: DateTime<Utc>) -> Self {
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

fn at(keys: &[Held<SigningKey>], time: DateTime<Utc>) -> Arc<Document> {
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
