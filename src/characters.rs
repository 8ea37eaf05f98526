//! Characters that no output can show as text: they control a terminal, reorder the text around them, or are invisible.
//! The joiners U+200C and U+200D belong to none of these classes: Persian, Indic scripts and many emoji need them.

/// Returns whether a character embeds, overrides or isolates the direction of text (UAX #9): U+202A to U+202E and U+2066
/// to U+2069. Such a character changes how the text after it is read.
pub fn overrides_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a character breaks a line of text or changes the text around it: a control character (Unicode category
/// Cc), the line separator U+2028, the paragraph separator U+2029, or one that [overrides the
/// direction](overrides_direction).
pub fn breaks_text(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || overrides_direction(c)
}

/// Returns whether a character has no glyph and no effect that a reader needs: the soft hyphen, spaces of no width, marks of
/// direction, invisible operators, annotations and tags. Separators and characters that [override the
/// direction](overrides_direction) are included, control characters are not.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_overrides_are_in_both_other_classes() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            assert!(
                !overrides_direction(c) || breaks_text(c) && is_invisible(c),
                "{c:?}"
            );
            assert!(
                !breaks_text(c) || c.is_control() != is_invisible(c),
                "{c:?}"
            );
        }
    }

    #[test]
    fn text_of_every_script_is_in_no_class() {
        let text = "Zo\u{eb} \u{5d3}\u{5d5}\u{5d3} \u{646}\u{645}\u{6cc}\u{200c}\u{62e} \u{674e}\u{660e} \u{1f469}\u{200d}\u{1f4bb}";
        assert!(!text.contains(|c| breaks_text(c) || is_invisible(c)));
        for c in ['\u{1b}', '\n', '\u{85}', '\u{2028}', '\u{202e}', '\u{2066}'] {
            assert!(breaks_text(c), "{c:?}");
        }
        for c in [
            '\u{ad}',
            '\u{200b}',
            '\u{200f}',
            '\u{2060}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(is_invisible(c) && !breaks_text(c), "{c:?}");
        }
    }
}
