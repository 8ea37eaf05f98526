//! Names of services and clients.

use std::fmt;

use crate::characters::{breaks_text, is_invisible};

/// The reason why a text is not a display name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDisplayName {
    /// The name is empty, too long, or has white space at an end.
    #[error("must be 1 to 64 characters long, without white space at the ends")]
    Length,
    /// The name has a character that no page can show.
    #[error(
        "must not contain control characters, line breaks, invisible characters, or characters that override the \
         direction of text: remove them"
    )]
    Forbidden,
}

/// The name of a service or a client as users know it: one line of 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Parses a name.
    ///
    /// # Errors
    /// The text is empty, too long, has white space at an end, or a character that no page can show.
    pub fn parse(text: &str) -> Result<Self, InvalidDisplayName> {
        if text.contains(|c| breaks_text(c) || is_invisible(c)) {
            Err(InvalidDisplayName::Forbidden)
        } else if text.is_empty() || text.chars().count() > Self::MAX_CHARS || text.trim() != text {
            Err(InvalidDisplayName::Length)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_one_short_line() {
        for good in [
            "Acme",
            "Müller & Söhne <AG>",
            "示例",
            "نمی\u{200c}خواهم",
            &"x".repeat(64),
        ] {
            assert_eq!(DisplayName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", " ", " Acme", "Acme ", &"x".repeat(65)] {
            assert_eq!(DisplayName::parse(bad), Err(InvalidDisplayName::Length));
        }
        for bad in [
            "a\nb",
            "a\u{0}",
            "\u{202e}emcA",
            "a\u{2028}b",
            "\u{85}",
            "a\u{ad}b",
            "\u{200b}",
            "a\u{2060}",
        ] {
            assert_eq!(DisplayName::parse(bad), Err(InvalidDisplayName::Forbidden));
        }
    }
}
