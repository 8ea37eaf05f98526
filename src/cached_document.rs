//! A text that everybody may read, made once and shared by all answers.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;

/// A public JSON text and its strong entity tag (RFC 9110 §8.8.3), made once: an answer shares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedDocument {
    /// The JSON text.
    pub body: Bytes,
    /// The tag, quotes included.
    pub etag: Bytes,
}

impl CachedDocument {
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
