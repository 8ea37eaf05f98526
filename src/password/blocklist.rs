//! Passwords that everybody tries first. Offline: nothing of a password ever leaves the process.
//!
//! `common.README.md` names the list's sources and licences.

/// One word a line, lower case, sorted by bytes.
const COMMON: &str = include_str!("common.txt");

/// A word is this long at least; a shorter one, repeated, is as weak whatever it is.
const SHORTEST_WORD: usize = 8;

/// Whether `password`, stripped of case, repetition and trailing digits, is one of the common
/// words or of `context` (in lower case), or a run such as `abcdefghijklmno`.
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
            .any(|unit| is_word(unit) || unit.chars().count() < SHORTEST_WORD)
        {
            return true;
        }
        // Shorter by half at least, so this ends soon.
        if units
            .first()
            .is_some_and(|shortest| is_common(shortest, context))
        {
            return true;
        }
        // One digit at a time: many of the words end in digits themselves.
        match rest.strip_suffix(|c: char| c.is_ascii_digit()) {
            Some(shorter) if !shorter.is_empty() => rest = shorter,
            _ => return false,
        }
    }
}

fn is_listed(word: &str) -> bool {
    // A binary search over the bytes: cut in the middle, widen to the line, compare.
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

/// Everything that `text` is two or more repetitions of, the shortest first.
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

/// `abcdef…`, `987654…`, `123456789012…`: each character next to the one before it.
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
    fn the_list_is_long_and_sorted() {
        let words: Vec<_> = COMMON.lines().collect();
        let long = words.iter().filter(|word| word.len() >= 15);
        assert!(long.count() >= 3_000);
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            words
                .iter()
                .all(|word| word.chars().count() >= SHORTEST_WORD)
        );
        assert!(words.iter().all(|word| word.to_lowercase() == **word));
    }

    #[test]
    fn every_word_of_the_list_is_found_and_its_neighbours_are_not() {
        for word in COMMON.lines() {
            assert!(is_listed(word), "{word}");
            assert!(!is_listed(&format!("{word}\u{e9}")), "{word}");
        }
        assert!(!is_listed("") && !is_listed("\n") && !is_listed("\u{10ffff}"));
    }

    #[test]
    fn every_word_followed_by_digits_or_repeated_is_common() {
        for word in COMMON.lines() {
            for disguised in [format!("{word}7"), format!("{word}2026470"), word.repeat(2)] {
                assert!(is_common(&disguised, &[]), "{disguised}");
            }
        }
    }

    #[test]
    fn words_in_disguise_are_common() {
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
