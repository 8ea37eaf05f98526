//! Estimates how many guesses a password costs, by its words, keyboard walks, dates and repetition.
//!
//! The estimator is `zxcvbn`, with its lists of common passwords, English words and names. Its tables (some
//! MB) are built at the first estimate, so only new passwords are estimated, never those of a login.

use std::collections::BTreeSet;

use zxcvbn::zxcvbn;

/// The least number of guesses that a new password must cost, as a power of ten. `zxcvbn` calls 10^10 very
/// unguessable (a score of 4), which takes years at Argon2id's speed.
const LEAST_GUESSES_LOG10: f64 = 10.0;

/// The number of characters that are estimated. The cost grows with the square of the length, and 40
/// characters show a pattern.
const ESTIMATED_CHARS: usize = 40;

/// The longest password that is estimated. The structure of a longer one is no help to an attacker, and
/// `zxcvbn` reads no further.
const LONGEST_ESTIMATED_CHARS: usize = 100;

/// The factor by which a separator between words increases the guesses, as a power of ten.
const SEPARATOR_LOG10: f64 = 1.04;

/// The length of words of the user. Shorter words match by chance, longer ones do not fit.
const WORD_CHARS: std::ops::RangeInclusive<usize> = 3..=32;

/// Replacements of symbols by letters, of shifted keys by keys, and of letters by those of another
/// keyboard: `from`, `to`.
const SYMBOLS_AS_LETTERS: (&str, &str) = ("@({[<!|$+%", "accccilstx");
const SHIFTED_KEYS: (&str, &str) = ("!@#$%^&*()_+{}|:\"<>?~", "1234567890-=[]\\;',./`");
const QWERTZ: (&str, &str) = ("yz", "zy");
const AZERTY: (&str, &str) = ("aqzw;m,", "qawzm;m");

/// Returns true if `password`, in any of its disguises, costs fewer guesses than required. `words` are
/// those that an attacker of this user tries first.
pub(super) fn is_guessable(password: &str, words: &[String]) -> bool {
    if password.chars().nth(LONGEST_ESTIMATED_CHARS).is_some() {
        return false;
    }
    let words = words.iter().map(String::as_str);
    let words: Vec<_> = words
        .filter(|word| WORD_CHARS.contains(&word.chars().count()))
        .collect();
    // Mixed case is one of the disguises, and the estimator's computation of its variants can overflow.
    let folded: String = password.to_lowercase();
    let folded: String = folded.chars().take(ESTIMATED_CHARS).collect();
    let costs_too_little =
        |text: &str, extra: f64| zxcvbn(text, &words).guesses_log10() + extra < LEAST_GUESSES_LOG10;

    // Symbols that may stand for several letters would increase the estimator's work by a factor of
    // hundreds.
    let plain = replaced(&folded, SYMBOLS_AS_LETTERS);
    let keys = replaced(&folded, SHIFTED_KEYS);
    let forms = BTreeSet::from([
        replaced(&keys, QWERTZ),
        replaced(&keys, AZERTY),
        deinterleaved(&keys),
        keys,
        plain,
    ]);
    if forms.iter().any(|form| costs_too_little(form, 0.0)) {
        return true;
    }
    let (joined, separators) = without_separators(&folded);
    let joined = replaced(&joined, SYMBOLS_AS_LETTERS);
    let extra = SEPARATOR_LOG10 * f64::from(separators);
    separators > 0 && !joined.is_empty() && costs_too_little(&joined, extra)
}

fn replaced(text: &str, (from, to): (&str, &str)) -> String {
    let replace = |c| {
        let pair = from.chars().zip(to.chars()).find(|(from, _)| *from == c);
        pair.map_or(c, |(_, to)| to)
    };
    text.chars().map(replace).collect()
}

/// Returns every second character, then the others: `a1b2c3` becomes `abc123`.
fn deinterleaved(text: &str) -> String {
    let first = text.chars().step_by(2);
    first.chain(text.chars().skip(1).step_by(2)).collect()
}

/// Removes the separators between words, and returns the number of gaps as well.
fn without_separators(text: &str) -> (String, u16) {
    let is_separator = |c: char| c.is_whitespace() || "-_.,/".contains(c);
    let parts: Vec<_> = text
        .split(is_separator)
        .filter(|part| !part.is_empty())
        .collect();
    let gaps = u16::try_from(parts.len().saturating_sub(1)).unwrap_or(u16::MAX);
    (parts.concat(), gaps)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_guessable_without_words(password: &str) -> bool {
        is_guessable(password, &[])
    }

    #[test]
    fn structured_passwords_are_guessable() {
        for password in [
            "qwertyuiopasdfg",
            "1234567890qwerty",
            "q1w2e3r4t5y6u7i8",
            "!Q@W#E$R%T^Y&U*I",
            "!@#$%^&*()_+{}|",
            "1qaz2wsx3edc4rfv",
            "qwertzuiopasdfgh",
            "azertyuiopqsdfgh",
            "a1b2c3d4e5f6g7h8",
            "1a2b3c4d5e6f7g8h",
            "passwordpassword",
            "password password 1",
            "P@ssw0rdP@ssw0rd!",
            "administrator123",
            "Administrator2026!",
            "january1990january",
            "iloveyouiloveyou1",
            "manchesterunited2024",
            "31121999-31121999",
            "aaaaaaaaaaaaaaab",
            "               .",
        ] {
            assert!(is_guessable_without_words(password), "{password:?}");
        }
    }

    #[test]
    fn passphrases_are_not_guessable() {
        for password in [
            "correct horse battery staple",
            "correcthorsebatterystaple",
            "correct horse battery",
            "several lamps flicker",
            "another pass phrase",
            "a brand new pass phrase",
            "another good password",
            "blue chairs sing loudly",
            "vier alte katzen",
            "mein hund frisst gern kuchen",
            "tres gatos duermen hoy",
            "\u{6211}\u{559c}\u{6b22}\u{5728}\u{96e8}\u{5929}\u{8bfb}\u{4e66}\u{548c}\u{559d}\u{8336}\u{542c}\u{6b4c}\u{505a}\u{996d}",
            "x7#Kq9!vLm2$Rt5",
            "bTtRnV9mJ4cXq7Zk2LwP",
            "4711081547110816x",
        ] {
            assert!(!is_guessable_without_words(password), "{password:?}");
        }
    }

    #[test]
    fn words_of_the_user_are_guessed_first() {
        let password = "Wintersbachtaler77";
        assert!(!is_guessable_without_words(password));
        assert!(is_guessable(password, &["wintersbachtaler".to_owned()]));
    }

    #[test]
    fn long_walks_and_many_symbols_do_not_overflow() {
        for unit in ["qw", "45", "@4", "(c", "0987", "a1l!|7+", "\u{fb03}\u{130}"] {
            is_guessable(
                &unit.repeat(100 / unit.chars().count()),
                &["a4a4a4a4a4a4a4a4a4a4".to_owned()],
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn estimator_accepts_any_text(text in "\\PC{0,80}", word in "\\PC{0,40}") {
            is_guessable(&text, &[word]);
        }

        #[test]
        fn estimator_accepts_any_walk(text in "[a@4qwsz178|!0 .-]{1,60}", word in "[a4l17]{3,32}") {
            is_guessable(&text, &[word]);
        }
    }
}
