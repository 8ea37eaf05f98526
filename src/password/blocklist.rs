//! A blocklist of common passwords. It works offline, so no part of a password leaves the process.
//!
//! `common.README.md` lists the sources and licences of the list.

/// One word per line, in lower case, sorted by bytes.
const COMMON: &str = include_str!("common.txt");

/// The length of the shortest word in the list. A shorter word that is repeated is always weak.
const MIN_WORD_CHARS: usize = 8;

/// Returns true if `password`, stripped of case, repetition and trailing digits, is a common word, a word
/// of `context` (in lower case), or a run such as `abcdefghijklmno`.
pub(super) fn is_common(password: &str, context: &[String]) -> bool {
    let folded = password.to_lowercase();
    let is_word =
        |text: &str| is_run(text) || context.iter().any(|word| word == text) || is_listed(text);
    let mut rest = folded.as_str();
    loop {
        if is_word(rest) {
            return true;
        }
        let units = repeated_units(rest);
        if units
            .iter()
            .any(|unit| is_word(unit) || unit.chars().count() < MIN_WORD_CHARS)
        {
            return true;
        }
        // The unit is at most half as long, so the recursion is short.
        if units
            .first()
            .is_some_and(|shortest| is_common(shortest, context))
        {
            return true;
        }
        // Digits are removed one at a time, because many words of the list end in digits.
        match rest.strip_suffix(|c: char| c.is_ascii_digit()) {
            Some(shorter) if !shorter.is_empty() => rest = shorter,
            _ => return false,
        }
    }
}

fn is_listed(word: &str) -> bool {
    // A binary search over the bytes: take the middle, extend it to a line, and compare.
    let mut list = COMMON;
    while !list.is_empty() {
        let middle = list.floor_char_boundary(list.len() / 2);
        let (before, after) = list.split_at(middle);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = middle + after.find('\n').unwrap_or(after.len());
        let Some(line) = list.get(start..end) else {
            return false;
        };
        match word.cmp(line) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => list = list.get(..start.saturating_sub(1)).unwrap_or(""),
            std::cmp::Ordering::Greater => list = list.get(end + 1..).unwrap_or(""),
        }
    }
    false
}

/// Returns every text that `text` is two or more repetitions of, the shortest first.
fn repeated_units(text: &str) -> Vec<&str> {
    let lengths = (1..=text.len() / 2).filter(|length| text.len().is_multiple_of(*length));
    let repeats = |unit: &&str| {
        text.as_bytes()
            .chunks(unit.len())
            .all(|c| c == unit.as_bytes())
    };
    lengths
        .filter_map(|length| text.get(..length))
        .filter(repeats)
        .collect()
}

/// Returns true for `abcdef…`, `987654…`, `123456789012…`: each character is next to the one before it.
fn is_run(text: &str) -> bool {
    let next = |a: char, b: char| {
        u32::from(a) + 1 == u32::from(b) || (a == '9' && b == '0') || (a == 'z' && b == 'a')
    };
    let all = |step: &dyn Fn(char, char) -> bool| {
        text.chars()
            .zip(text.chars().skip(1))
            .all(|(a, b)| step(a, b))
    };
    text.chars().nth(1).is_some() && (all(&next) || all(&|a, b| next(b, a)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_long_and_sorted() {
        let words: Vec<_> = COMMON.lines().collect();
        let long = words.iter().filter(|word| word.len() >= 15);
        assert!(long.count() >= 3_000);
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            words
                .iter()
                .all(|word| word.chars().count() >= MIN_WORD_CHARS)
        );
        assert!(words.iter().all(|word| word.to_lowercase() == **word));
    }

    #[test]
    fn listed_words_are_found_and_their_neighbours_are_not() {
        for word in COMMON.lines() {
            assert!(is_listed(word), "{word}");
            assert!(!is_listed(&format!("{word}\u{e9}")), "{word}");
        }
        assert!(!is_listed("") && !is_listed("\n") && !is_listed("\u{10ffff}"));
    }

    #[test]
    fn listed_words_with_digits_or_repeated_are_common() {
        for word in COMMON.lines() {
            for disguised in [format!("{word}7"), format!("{word}2026470"), word.repeat(2)] {
                assert!(is_common(&disguised, &[]), "{disguised}");
            }
        }
    }

    #[test]
    fn disguised_words_are_common() {
        let context = ["signet", "example", "ada.lovelace"].map(str::to_owned);
        for password in [
            "password",
            "PassWord",
            "passwordpassword",
            "password123456789",
            "password1password1",
            "passwordpassword2026",
            "aaaaaaaaaaaaaaaa",
            "abc123abc123abc123",
            "abcdefghijklmno",
            "123456789012345",
            "987654321098765",
            "SignetSignetSignet",
            "signet20262026",
            "Example1234567890",
            "ada.lovelace1815",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        ] {
            assert!(is_common(password, &context), "{password}");
        }
        for password in [
            "correct horse battery staple",
            "ada.lovelace and charles",
            "a signet ring of gold",
            "12345 geese over lake 7",
            "4711081547110816x",
        ] {
            assert!(!is_common(password, &context), "{password}");
        }
    }
}
