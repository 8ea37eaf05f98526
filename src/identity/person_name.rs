//! Names of users.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::characters::{breaks_text, overrides_direction};

/// The reason why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPersonName {
    /// The name is empty or has only white space.
    #[error("must not be empty")]
    Empty,
    /// The name has more than [`PersonName::MAX_CHARS`] code points.
    #[error("must be at most 200 characters long")]
    TooLong,
    /// The name has a refused character: see [`PersonName`].
    #[error(
        "must not contain control characters, line or paragraph separators, or characters that \
         override the direction of text: remove them"
    )]
    Forbidden,
}

/// A user's name: 1 to 200 code points in NFC, without white space at both ends.
///
/// Every script, sign and emoji is accepted, and so is punctuation: `Sammy Davis, Jr.`, `O'Brien`,
/// `Anna <Ann> Lee`. A name is text, and every place that shows one escapes it for that place. Three
/// kinds of characters are refused because no output can show them as text:
///
/// - control characters (Unicode category Cc: C0, DELETE and C1, so also CR, LF and ESC),
/// - the line separator U+2028 and the paragraph separator U+2029,
/// - the characters that embed, override or isolate the direction of text (U+202A to U+202E and
///   U+2066 to U+2069), which change how the text after the name is read.
///
/// The marks U+200E, U+200F and U+061C and the joiners U+200C and U+200D stay: names in Arabic,
/// Hebrew, Persian and Indic scripts and many emoji need them.
///
/// Names never appear in emails, so a name such as `https://evil.example` cannot become a link in
/// one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "SealedName")]
#[sqlx(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name, in code points.
    pub const MAX_CHARS: usize = 200;

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a name that a user typed: normalizes it, then validates it.
    ///
    /// # Errors
    /// The name is empty, longer than [`PersonName::MAX_CHARS`] or has a refused character.
    pub fn parse(text: &str) -> Result<Self, InvalidPersonName> {
        let name: String = text.trim().nfc().take(Self::MAX_CHARS + 1).collect();
        if name.is_empty() {
            return Err(InvalidPersonName::Empty);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(InvalidPersonName::TooLong);
        }
        if name.contains(breaks_text) {
            return Err(InvalidPersonName::Forbidden);
        }
        Ok(Self(name))
    }

    /// Cleans a name that another service delivers and the user cannot correct.
    /// Control characters and separators become spaces, characters that change the direction of text
    /// are removed, runs of white space become one space, and the rest is cut at
    /// [`PersonName::MAX_CHARS`]. Returns `None` if nothing is left.
    pub fn cleaned(text: &str) -> Option<Self> {
        let plain: String = text
            .chars()
            .filter(|c| !overrides_direction(*c))
            .map(|c| if breaks_text(c) { ' ' } else { c })
            .collect();
        let spaced = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = spaced.nfc().take(Self::MAX_CHARS).collect();
        Self::parse(&name).ok()
    }
}

/// A name in a token that this service sealed. Earlier releases accepted direction overrides. They
/// are removed here, because refusing them would break links that were sent before an upgrade.
#[derive(Deserialize)]
struct SealedName(String);

impl TryFrom<SealedName> for PersonName {
    type Error = InvalidPersonName;

    fn try_from(SealedName(text): SealedName) -> Result<Self, InvalidPersonName> {
        Self::parse(&text.replace(overrides_direction, ""))
    }
}

parsed_text!(PersonName, InvalidPersonName);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_normalized_and_bounded() {
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
    }

    #[test]
    fn real_names_are_accepted_unchanged() {
        for name in [
            "Sammy Davis, Jr.",
            "Doe, Jane",
            "Conan O'Brien",
            "Conan O\u{2019}Brien",
            "Jean-Luc Picard (Cpt.)",
            "X \u{c6} A-12",
            "bell hooks",
            "R; DROP TABLE users",
            "Anna <Ann> & Lee",
            "https://evil.example/",
            "\"Ada\" Lovelace \\",
            "Nguy\u{1ec5}n V\u{103}n A",
            "\u{645}\u{62d}\u{645}\u{62f}",
            "\u{200f}\u{5d3}\u{5d5}\u{5d3}\u{200e}",
            "\u{646}\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{9ae}\u{9cb}\u{9b9}\u{9be}\u{9ae}\u{9cd}\u{9ae}\u{9a6}",
            "\u{674e}\u{660e}",
            "Ada \u{1f469}\u{200d}\u{1f4bb}",
        ] {
            assert_eq!(PersonName::parse(name).unwrap().to_string(), name);
            assert_eq!(PersonName::cleaned(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn control_characters_are_refused_from_users_and_cleaned_from_providers() {
        for (bad, clean) in [
            ("a\r\nBcc: b", "a Bcc: b"),
            ("a\0b", "a b"),
            ("a\u{1b}[31mb", "a [31mb"),
            ("a\u{7f}b", "a b"),
            ("a\u{85}b\u{9b}", "a b"),
            ("a\u{2028}b", "a b"),
            ("a\u{2029}b", "a b"),
            ("a\u{202e}b", "ab"),
            ("\u{2066}a\u{2069} \u{202a} b", "a b"),
        ] {
            let refused = PersonName::parse(&format!("x{bad}x"));
            assert_eq!(refused, Err(InvalidPersonName::Forbidden), "{bad:?}");
            let cleaned = PersonName::cleaned(bad).map(|name| name.to_string());
            assert_eq!(cleaned.as_deref(), Some(clean), "{bad:?}");
        }
        for nothing in ["", " \t\r\n", "\u{202e}", "\u{1b}"] {
            assert_eq!(PersonName::cleaned(nothing), None, "{nothing:?}");
        }
        let long = PersonName::cleaned(&"\u{1f600}".repeat(300)).unwrap();
        assert_eq!(long.to_string(), "\u{1f600}".repeat(200));
        let cut = PersonName::cleaned(&format!("{} b", "a".repeat(199))).unwrap();
        assert_eq!(cut.to_string(), "a".repeat(199));
    }

    /// A sealed link that an earlier release minted may contain a name that is refused today.
    #[test]
    fn sealed_names_of_earlier_releases_are_readable() {
        let read: PersonName = serde_json::from_str("\"a\u{202e}b, Jr.\"").unwrap();
        assert_eq!(read.to_string(), "ab, Jr.");
        for bad in ["\" \"", "\"a\\nb\""] {
            assert!(serde_json::from_str::<PersonName>(bad).is_err(), "{bad}");
        }
    }

    const TEXT: &str = "(?s).{0,40}|\\PC{180,220}\
        |[\u{300}-\u{340}\u{1100}-\u{11ff}\u{ac00}\u{2000}-\u{2003}\u{2028}-\u{202e} ae,<>;\r\n]{1,210}";

    proptest! {
        #[test]
        fn accepted_names_parse_to_themselves_and_fit_on_one_line(text in TEXT) {
            let Ok(name) = PersonName::parse(&text) else {
                return Ok(());
            };
            let name = name.to_string();
            prop_assert_eq!(PersonName::parse(&name).unwrap().to_string(), name.clone());
            prop_assert!((1..=PersonName::MAX_CHARS).contains(&name.chars().count()));
            prop_assert!(!name.contains(breaks_text));
            let decomposed: String = name.nfd().collect();
            prop_assert_eq!(PersonName::parse(&decomposed).unwrap().to_string(), name);
        }

        #[test]
        fn cleaned_names_are_valid_and_keep_visible_characters(text in TEXT) {
            let cleaned = PersonName::cleaned(&text);
            let is_kept = |c: char| !c.is_whitespace() && !breaks_text(c);
            prop_assert_eq!(cleaned.is_some(), text.contains(is_kept));
            let Some(name) = cleaned else {
                return Ok(());
            };
            prop_assert_eq!(PersonName::parse(&name.to_string()), Ok(name.clone()));
            prop_assert_eq!(PersonName::cleaned(&name.to_string()), Some(name.clone()));
            let kept: String = text.chars().filter(|c| is_kept(*c)).nfc().collect();
            if kept.chars().count() < 60 {
                let squeezed: String = name.to_string().chars().filter(|c| is_kept(*c)).nfc().collect();
                prop_assert_eq!(squeezed, kept);
            }
        }
    }
}
