//! A password as somebody presents it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A text that cannot be a password at all, whatever the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Nothing.
    #[error("must not be empty")]
    Empty,
    /// Beyond [`PresentedPassword::MAX_BYTES`].
    #[error("must be at most 1024 bytes long")]
    TooLong,
}

/// A password in NFC (RFC 8265 §4.2): however a keyboard composed it. Neither trimmed nor folded;
/// every character counts. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct PresentedPassword(Zeroizing<String>);

impl PresentedPassword {
    /// The longest password, in bytes of UTF-8: 256 characters of four bytes each. Checked before
    /// anything is computed.
    pub const MAX_BYTES: usize = 1024;

    /// Reads a password.
    pub fn parse(text: &str) -> Result<Self, InvalidPassword> {
        if text.is_empty() {
            return Err(InvalidPassword::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidPassword::TooLong);
        }
        // Room for the longest composition, so that no copy is left behind by growing.
        let mut composed = Zeroizing::new(String::with_capacity(text.len() * 3));
        composed.extend(text.nfc());
        Ok(Self(composed))
    }

    /// The characters.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PresentedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedPassword([secret])")
    }
}
