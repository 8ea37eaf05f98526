//! A password as a user enters it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A text that cannot be a password, whatever the policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// The text is empty.
    #[error("must not be empty")]
    Empty,
    /// The text is longer than [`PresentedPassword::MAX_BYTES`].
    #[error("must be at most 1024 bytes long")]
    TooLong,
}

/// A password in NFC (RFC 8265 §4.2), so that the composition by the keyboard does not matter. It is
/// neither trimmed nor case-folded: every character counts. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct PresentedPassword {
    composed: Zeroizing<String>,
    /// The text as it was sent, if it is not in NFC. Other systems hash it as it is.
    typed: Option<Zeroizing<String>>,
}

impl PresentedPassword {
    /// The longest password, in bytes of UTF-8: 256 characters of four bytes each. Checked before anything
    /// is computed.
    pub const MAX_BYTES: usize = 1024;

    /// Parses a password.
    pub fn parse(text: &str) -> Result<Self, InvalidPassword> {
        if text.is_empty() {
            return Err(InvalidPassword::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidPassword::TooLong);
        }
        // The capacity suffices for the longest composition, so no copy is left behind by growing.
        let mut composed = Zeroizing::new(String::with_capacity(text.len() * 3));
        composed.extend(text.nfc());
        let typed = (*composed != text).then(|| Zeroizing::new(text.to_owned()));
        Ok(Self { composed, typed })
    }

    /// Returns the characters.
    pub(super) fn as_str(&self) -> &str {
        &self.composed
    }

    /// Returns the characters, and then the text as it was sent if it differs, for hashes of systems that
    /// compare bytes.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let typed = self.typed.as_ref().map(|text| text.as_str());
        std::iter::once(self.as_str()).chain(typed)
    }
}

impl fmt::Debug for PresentedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedPassword([secret])")
    }
}
