//! What a person is called.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPersonName {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Beyond [`PersonName::MAX_CHARS`].
    #[error("must be at most 200 characters long")]
    TooLong,
    /// A character that could start a header, an address list or markup.
    #[error("must not contain control characters or any of < > ; ,")]
    Forbidden,
}

/// What a person is called: 1 to 200 code points in NFC, outer white space removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String")]
#[sqlx(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name, in code points.
    pub const MAX_CHARS: usize = 200;

    /// Reads a name, normalising first and judging afterwards.
    pub fn parse(text: &str) -> Result<Self, InvalidPersonName> {
        let name: String = text.trim().nfc().take(Self::MAX_CHARS + 1).collect();
        if name.is_empty() {
            return Err(InvalidPersonName::Empty);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(InvalidPersonName::TooLong);
        }
        let forbidden = |c: char| {
            c.is_control() || matches!(c, '<' | '>' | ';' | ',' | '\u{2028}' | '\u{2029}')
        };
        if name.contains(forbidden) {
            return Err(InvalidPersonName::Forbidden);
        }
        Ok(Self(name))
    }
}

parsed_text!(PersonName, InvalidPersonName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_bounded() {
        assert_eq!(
            PersonName::parse("  Ade\u{301}le ").unwrap().to_string(),
            "Ad\u{e9}le"
        );
        assert_eq!(PersonName::parse(" \t"), Err(InvalidPersonName::Empty));
        assert!(PersonName::parse(&"ß".repeat(200)).is_ok());
        assert_eq!(
            PersonName::parse(&"ß".repeat(201)),
            Err(InvalidPersonName::TooLong)
        );
        for bad in ["a\r\nb", "a\0b", "a<b", "a;b", "a,b", "a\u{2028}b"] {
            assert_eq!(
                PersonName::parse(bad),
                Err(InvalidPersonName::Forbidden),
                "{bad:?}"
            );
        }
    }
}
