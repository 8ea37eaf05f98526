//! A line of text that somebody else wrote.

use std::fmt;

/// At most so many characters of it are shown.
const MAX_CHARS: usize = 300;

/// A text as it can be shown on a page: one line, bounded, and without the characters that change
/// the order in which the text around them is read (UAX #9) or that nobody sees. Templates escape it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DisplayText(String);

impl DisplayText {
    /// What can be shown of that text.
    pub(crate) fn of(text: &str) -> Self {
        // Control characters are looked at before they are dropped: a text of them alone ends too.
        let mut chars = text.chars().take(4 * MAX_CHARS).filter(|c| !is_unseen(*c));
        let mut line: String = chars
            .by_ref()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_CHARS)
            .collect();
        if chars.next().is_some() {
            line.pop();
            line.push('…');
        }
        Self(line.trim().to_owned())
    }
}

/// Marks that reorder text, separators of lines, and characters without a form. Joiners stay: words
/// of some languages need them.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
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
    fn a_line_is_what_it_says_and_no_longer_than_a_page_bears() {
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
        fn no_text_makes_a_line_long_or_broken(text in "(?s).{0,400}") {
            let DisplayText(line) = DisplayText::of(&text);
            prop_assert!(line.chars().count() <= MAX_CHARS);
            prop_assert!(!line.contains(|c: char| c.is_control() || is_unseen(c)));
        }
    }
}
