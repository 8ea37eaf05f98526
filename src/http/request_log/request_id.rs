//! Names for requests that come without one.

use std::sync::{Mutex, PoisonError};

use axum::http::HeaderValue;

use crate::entropy::Entropy;

/// What a name is written in: base64url, 6 bits each.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// How many of them a name has: 132 bits.
const LENGTH: usize = 22;

/// How many names are drawn at once.
const AT_ONCE: usize = 64;

/// Draws names by the page: asking the system for each would cost more than all else that is done
/// for it. Names are unlike all others; nothing rests on their being secret.
pub(super) struct RequestIds {
    entropy: Entropy,
    drawn: Mutex<Vec<[u8; LENGTH]>>,
}

impl RequestIds {
    pub(super) fn new(entropy: Entropy) -> Self {
        Self {
            entropy,
            drawn: Mutex::default(),
        }
    }

    /// The next one. Empty where there is no randomness: a request without a name is answered all
    /// the same.
    pub(super) fn next(&self) -> HeaderValue {
        let drawn = self.draw().map(|name| name.map(letter));
        let name = drawn.and_then(|name| HeaderValue::from_bytes(&name).ok());
        name.unwrap_or(HeaderValue::from_static(""))
    }

    fn draw(&self) -> Option<[u8; LENGTH]> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_empty() {
            let page = self.entropy.bytes::<{ LENGTH * AT_ONCE }>().ok()?;
            drawn.extend(page.as_chunks().0);
        }
        drawn.pop()
    }
}

fn letter(byte: u8) -> u8 {
    LETTERS.get(usize::from(byte % 64)).copied().unwrap_or(b'-')
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_requests_have_one_name() {
        let names = RequestIds::new(Entropy::system());
        let drawn: HashSet<_> = (0..1000).map(|_| names.next()).collect();
        assert_eq!(drawn.len(), 1000);
        let mut letters = HashSet::new();
        for name in &drawn {
            assert_eq!(name.len(), 22);
            letters.extend(name.as_bytes());
        }
        assert_eq!(letters, LETTERS.iter().copied().collect());
    }

    #[test]
    fn without_randomness_requests_have_no_name() {
        let names = RequestIds::new(Entropy::from_fn(|_| Err(crate::entropy::EntropyError)));
        assert_eq!(names.next(), "");
    }
}
