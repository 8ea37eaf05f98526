//! Short texts about a person.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// A name of nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// A name beyond [`PersonName::MAX_CHARS`].
    #[error("must be at most 200 characters long")]
    TooLong,
    /// A name with a character that could start a header, an address list or markup.
    #[error("must not contain control characters or any of < > ; ,")]
    Forbidden,
    /// A role that is not a word of `a-z 0-9 _ -`, at most 32 long.
    #[error("must be 1 to 32 characters of a-z, 0-9, _ and -")]
    NotARole,
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
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let name: String = text.trim().nfc().take(Self::MAX_CHARS + 1).collect();
        if name.is_empty() {
            return Err(InvalidText::Empty);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(InvalidText::TooLong);
        }
        let forbidden = |c: char| {
            c.is_control() || matches!(c, '<' | '>' | ';' | ',' | '\u{2028}' | '\u{2029}')
        };
        if name.contains(forbidden) {
            return Err(InvalidText::Forbidden);
        }
        Ok(Self(name))
    }
}

/// What a user may do, as one word: `user`, `admin` …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String")]
#[sqlx(transparent)]
pub struct Role(String);

impl Role {
    /// Reads a role.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidText::NotARole)
        }
    }
}

impl Default for Role {
    fn default() -> Self {
        Self("user".to_owned())
    }
}

macro_rules! text {
    ($name:ident) => {
        impl FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidText;

            fn try_from(text: String) -> Result<Self, InvalidText> {
                Self::parse(&text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(PersonName);
text!(Role);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_bounded() {
        assert_eq!(
            PersonName::parse("  Ade\u{301}le ").unwrap().to_string(),
            "Ad\u{e9}le"
        );
        assert_eq!(PersonName::parse(" \t"), Err(InvalidText::Empty));
        assert!(PersonName::parse(&"ß".repeat(200)).is_ok());
        assert_eq!(
            PersonName::parse(&"ß".repeat(201)),
            Err(InvalidText::TooLong)
        );
        for bad in ["a\r\nb", "a\0b", "a<b", "a;b", "a,b", "a\u{2028}b"] {
            assert_eq!(
                PersonName::parse(bad),
                Err(InvalidText::Forbidden),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn roles_are_words() {
        assert!(Role::parse("admin").is_ok());
        for bad in ["", "Admin", "a b", "a\"b", &"x".repeat(33)] {
            assert_eq!(Role::parse(bad), Err(InvalidText::NotARole), "{bad:?}");
        }
    }
}
