//! The recovery codes of a user: 10 codes of 80 random bits, each of which works once. They are stored as SHA-256, because
//! 80 random bits need neither a key nor a slow hash.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{RecoveryCode, base32};
use crate::{
    entropy::{Entropy, EntropyError},
    identity::StoredVerifier,
};

/// The number of codes.
const COUNT: usize = 10;

/// The hashes of the codes that were not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// Creates codes. Returns them as the user sees them, once, and their hashes.
    ///
    /// # Errors
    /// The random source fails.
    pub fn fresh(entropy: &Entropy) -> Result<(Vec<String>, Self), EntropyError> {
        let mut shown = Vec::with_capacity(COUNT);
        for _ in 0..COUNT {
            shown.push(base32(&entropy.bytes::<10>()?));
        }
        let hashes = shown.iter().map(|code| hash(code)).collect();
        let shown = shown.iter().map(|code| with_hyphens(code)).collect();
        Ok((shown, Self(hashes)))
    }

    /// Reads the stored hashes.
    pub fn stored(verifier: &StoredVerifier) -> Self {
        Self(serde_json::from_str(verifier.expose()).unwrap_or_default())
    }

    /// Returns the form in which the hashes are stored: a JSON array.
    pub fn verifier(&self) -> StoredVerifier {
        StoredVerifier::new(serde_json::Value::from(self.0.as_slice()).to_string())
    }

    /// Returns the number of codes that were not used.
    pub fn remaining(&self) -> usize {
        self.0.len()
    }

    /// Returns the codes that remain after the use of a code. `None` if the code is not one of them.
    pub fn without(&self, code: &RecoveryCode) -> Option<Self> {
        let used = hash(code.as_str());
        let left: Vec<_> = self.0.iter().filter(|it| **it != used).cloned().collect();
        (left.len() < self.0.len()).then_some(Self(left))
    }
}

fn hash(code: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, code.as_bytes()))
}

/// Writes a code in groups of four.
fn with_hyphens(code: &str) -> String {
    let (groups, _) = code.as_bytes().as_chunks::<4>();
    let groups: Vec<_> = groups
        .iter()
        .map(|it| String::from_utf8_lossy(it))
        .collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_found_once() {
        let (shown, codes) = RecoveryCodes::fresh(&Entropy::system()).unwrap();
        assert_eq!((shown.len(), codes.remaining()), (10, 10));
        let code = RecoveryCode::parse(&shown[3]).unwrap();
        assert_eq!(shown[3].len(), 19);
        let stored = RecoveryCodes::stored(&codes.verifier());
        let left = stored.without(&code).unwrap();
        assert_eq!(left.remaining(), 9);
        assert_eq!(left.without(&code), None);
        for text in &shown {
            assert!(!codes.verifier().expose().contains(text.as_str()));
        }
    }
}
