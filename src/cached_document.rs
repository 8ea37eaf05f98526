//! A public document that is built once and shared by all responses.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;

/// A public document and its strong entity tag (RFC 9110 §8.8.3). Responses share both without a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedDocument {
    /// The content, such as a JSON text.
    pub body: Bytes,
    /// The entity tag with its quotes.
    pub etag: Bytes,
}

impl CachedDocument {
    /// Creates a document whose entity tag is the SHA-256 of the content.
    pub fn new(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let tag = URL_SAFE_NO_PAD.encode(digest(&SHA256, &body));
        Self {
            etag: format!("\"{tag}\"").into(),
            body,
        }
    }

    /// Returns the text, or an empty text if the content is an image.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap_or_default()
    }
}
