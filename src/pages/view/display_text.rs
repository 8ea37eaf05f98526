//! Untrusted text, limited so that a page can show it.

use std::fmt;

use serde::Serialize;

use crate::characters::is_invisible;

/// The longest text, in characters.
const MAX_CHARS: usize = 300;

/// A text that a page can show: one line of bounded length, without invisible characters and without those that
/// reorder the text around them (UAX #9). Templates escape it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DisplayText(String);

impl DisplayText {
    /// Makes `text` showable: replaces control characters by spaces, and cuts the text with an ellipsis.
    pub(crate) fn of(text: &str) -> Self {
        // Bounded before characters are dropped, so that a text of dropped characters alone ends as well.
        let mut chars = text
            .chars()
            .take(4 * MAX_CHARS)
            .filter(|c| !is_invisible(*c));
        let mut shown: String = chars
            .by_ref()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_CHARS)
            .collect();
        if chars.next().is_some() {
            shown.pop();
            shown.push('…');
        }
        Self(shown.trim().to_owned())
    }
}

impl From<&str> for DisplayText {
    fn from(text: &str) -> Self {
        Self::of(text)
    }
}

impl fmt::Display for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_one_visible_line_of_bounded_length() {
        let shown = |text: &str| DisplayText::of(text).to_string();
        assert_eq!(shown(" Zoë & <b>\r\n\tCo. "), "Zoë & <b>   Co.");
        assert_eq!(shown("ba\u{202e}nk\u{2066}\u{200b}\u{feff}"), "bank");
        assert_eq!(shown("نمی\u{200c}خواهم"), "نمی\u{200c}خواهم");
        assert_eq!(shown(&"x".repeat(MAX_CHARS)), "x".repeat(MAX_CHARS));
        let cut = shown(&"x".repeat(MAX_CHARS + 1));
        assert_eq!(cut, "x".repeat(MAX_CHARS - 1) + "…");
    }

    proptest! {
        #[test]
        fn every_text_becomes_one_short_line(text in "(?s).{0,400}") {
            let DisplayText(shown) = DisplayText::of(&text);
            prop_assert!(shown.chars().count() <= MAX_CHARS);
            prop_assert!(!shown.contains(|c: char| c.is_control() || is_invisible(c)));
        }
    }
}
