//! Ids for requests that arrive without one.
//!
//! The layers of `tower_http::request_id` would keep every incoming id unchecked, and cost three more allocations
//! and about 100 ns per request.

use std::sync::{Mutex, PoisonError};

use axum::http::HeaderValue;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::entropy::Entropy;

/// The size of an id in bytes: 22 characters of base64url.
const ID_BYTES: usize = 16;

/// The number of ids that are fetched from the system by one call.
const BATCH: usize = 64;

/// Generates request ids in batches, because a system call for each would cost more than the rest of the log.
/// Ids are unique, not secret.
pub(super) struct RequestIds {
    entropy: Entropy,
    unused: Mutex<Vec<[u8; ID_BYTES]>>,
}

impl RequestIds {
    pub(super) fn new(entropy: Entropy) -> Self {
        Self {
            entropy,
            unused: Mutex::default(),
        }
    }

    /// Returns a new id. It is empty if the system provides no randomness, so that the request is still
    /// answered.
    pub(super) fn next(&self) -> HeaderValue {
        let id = self.draw().map(|id| URL_SAFE_NO_PAD.encode(id));
        let id = id.and_then(|id| HeaderValue::try_from(id).ok());
        id.unwrap_or(HeaderValue::from_static(""))
    }

    fn draw(&self) -> Option<[u8; ID_BYTES]> {
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        if unused.is_empty() {
            let batch = self.entropy.bytes::<{ ID_BYTES * BATCH }>().ok()?;
            unused.extend(batch.as_chunks().0);
        }
        unused.pop()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique() {
        let ids = RequestIds::new(Entropy::system());
        let drawn: HashSet<_> = (0..1000).map(|_| ids.next()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().all(|id| id.len() == 22));
    }

    #[test]
    fn id_is_empty_without_randomness() {
        let ids = RequestIds::new(Entropy::from_fn(|_| Err(crate::entropy::EntropyError)));
        assert_eq!(ids.next(), "");
    }
}
