//! The operator `LIKE` with `ESCAPE '\'`, in which letter case counts.

/// Returns whether a text matches a pattern: `%` stands for any characters, `_` for one, and a backslash escapes the next.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    let mut pattern = pattern.chars();
    let Some(first) = pattern.next() else {
        return text.is_empty();
    };
    match first {
        '%' => {
            let rest = pattern.as_str();
            let starts = text.char_indices().map(|(start, _)| start);
            let mut tails = starts
                .chain([text.len()])
                .filter_map(|start| text.get(start..));
            tails.any(|tail| is_like(tail, rest))
        }
        '_' => {
            let mut text = text.chars();
            text.next().is_some() && is_like(text.as_str(), pattern.as_str())
        }
        '\\' => pattern
            .next()
            .and_then(|escaped| text.strip_prefix(escaped))
            .is_some_and(|text| is_like(text, pattern.as_str())),
        literal => text
            .strip_prefix(literal)
            .is_some_and(|text| is_like(text, pattern.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_and_escapes_are_those_of_sql() {
        for (text, pattern, matches) in [
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("ada@example.com", "%@example.com", true),
            ("ada@example.com", "a_a@%", true),
            ("Ada@example.com", "ada%", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("a\\b", "a\\\\b", true),
            ("é", "_", true),
            ("abcab", "%ab", true),
            ("abc", "ab", false),
        ] {
            assert_eq!(is_like(text, pattern), matches, "{text} LIKE {pattern}");
        }
    }
}
