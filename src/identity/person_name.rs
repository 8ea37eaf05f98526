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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_name_is_read_the_same_again_and_has_nothing_to_break_a_line_with(
            text in ".{0,40}|\\PC{180,220}|[\u{300}-\u{340}\u{1100}-\u{11ff}\u{ac00}\u{2000}-\u{2003} ae]{1,210}",
        ) {
            let Ok(name) = PersonName::parse(&text) else {
                return Ok(());
            };
            let name = name.to_string();
            prop_assert_eq!(PersonName::parse(&name).unwrap().to_string(), name.clone());
            prop_assert!((1..=PersonName::MAX_CHARS).contains(&name.chars().count()));
            prop_assert!(!name.contains(char::is_control));
            let decomposed: String = name.nfd().collect();
            prop_assert_eq!(PersonName::parse(&decomposed).unwrap().to_string(), name);
        }
    }
}
