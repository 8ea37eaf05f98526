//! What a new password must be. Never asked at login: old passwords stay good.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{PresentedPassword, blocklist, structure};
use crate::{
    config::Config,
    identity::{EmailAddress, PersonName},
};

/// A part of an email or of a host name is a word of its own from this length on.
const SHORTEST_PART: usize = 3;

/// A word of the email or of the service is looked for inside a password from this length on.
const SHORTEST_CONTAINED: usize = 4;

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeakPassword {
    /// What is wrong with it.
    pub reason: WeakReason,
    /// How many code points a password must have.
    pub min_length: usize,
}

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeakReason {
    /// Fewer code points than required.
    TooShort,
    /// On the list of common passwords, also repeated or followed by digits.
    Common,
    /// Little more than the person's email.
    ContainsEmail,
    /// Little more than the name or the host of the service.
    ContainsServiceName,
    /// Words, keyboard walks, dates or repetition that cost few guesses.
    Guessable,
}

impl WeakReason {
    /// Every one of them.
    pub const ALL: [Self; 5] = [
        Self::TooShort,
        Self::Common,
        Self::ContainsEmail,
        Self::ContainsServiceName,
        Self::Guessable,
    ];

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::Common => "common",
            Self::ContainsEmail => "contains_email",
            Self::ContainsServiceName => "contains_service_name",
            Self::Guessable => "guessable",
        }
    }
}

impl std::fmt::Display for WeakPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self.reason {
            WeakReason::TooShort => {
                return write!(f, "must be at least {} characters long", self.min_length);
            }
            WeakReason::Common => "must not be a common password: choose another one",
            WeakReason::ContainsEmail => {
                "must not be the email with little added: choose words that are not part of it"
            }
            WeakReason::ContainsServiceName => {
                "must not be the name of this service with little added: choose other words"
            }
            WeakReason::Guessable => {
                "must be harder to guess: choose several words that do not belong together"
            }
        };
        f.write_str(text)
    }
}

impl std::error::Error for WeakPassword {}

/// Length, blocklist and structure, and nothing else: no composition rules, no expiry.
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    min_length: usize,
    service_words: Vec<String>,
}

impl PasswordPolicy {
    /// The configured length, and the words that the service's host name suggests. Loads nothing.
    pub fn new(config: &Config) -> Self {
        let host = config.issuer.host();
        let labels = host.split('.').filter(|label| label.len() >= SHORTEST_PART);
        let words = ["signet", host].into_iter().chain(labels);
        Self {
            min_length: config.password.min_length,
            service_words: words.map(str::to_lowercase).collect(),
        }
    }

    /// Judges a new password for the person of that email and name. Blocks for milliseconds, and longer
    /// at the first estimate, which loads the tables.
    ///
    /// # Errors
    ///
    /// Says why the password is refused.
    pub fn judge(
        &self,
        password: &PresentedPassword,
        email: &EmailAddress,
        name: Option<&PersonName>,
    ) -> Result<(), WeakPassword> {
        self.judge_length(password)?;
        let person = PersonalContext::new(email, name);
        let reason = || self.reason_against(password.as_str(), &person);
        // A panic of the estimator, which is logged, lets no password pass unjudged.
        match catch_unwind(AssertUnwindSafe(reason)).unwrap_or(Some(WeakReason::Guessable)) {
            Some(reason) => Err(self.weak(reason)),
            None => Ok(()),
        }
    }

    /// Judges its length alone, which takes no time.
    ///
    /// # Errors
    ///
    /// The password is too short.
    pub(super) fn judge_length(&self, password: &PresentedPassword) -> Result<(), WeakPassword> {
        if password.as_str().chars().count() < self.min_length {
            return Err(self.weak(WeakReason::TooShort));
        }
        Ok(())
    }

    const fn weak(&self, reason: WeakReason) -> WeakPassword {
        WeakPassword {
            reason,
            min_length: self.min_length,
        }
    }

    fn reason_against(&self, password: &str, person: &PersonalContext) -> Option<WeakReason> {
        let service = &self.service_words;
        let context = [person.whole.as_slice(), service].concat();
        let is_common = blocklist::is_common(password, &context);
        let words = [&person.parts, &person.names, service].map(Vec::as_slice);
        if !is_common && !structure::is_guessable(password, &words.concat()) {
            return None;
        }
        let folded = password.to_lowercase();
        let has = |words: &[String]| {
            words
                .iter()
                .any(|word| word.chars().count() >= SHORTEST_CONTAINED && folded.contains(word))
        };
        Some(if has(&person.parts) {
            WeakReason::ContainsEmail
        } else if has(service) {
            WeakReason::ContainsServiceName
        } else if is_common {
            WeakReason::Common
        } else {
            WeakReason::Guessable
        })
    }
}

/// What an attacker of this very person tries, in lower case.
struct PersonalContext {
    /// The email and its local part.
    whole: Vec<String>,
    /// These, and the words that the local part consists of.
    parts: Vec<String>,
    /// The words of the name.
    names: Vec<String>,
}

impl PersonalContext {
    fn new(email: &EmailAddress, name: Option<&PersonName>) -> Self {
        let words = |text: &str| -> Vec<String> {
            text.to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| word.chars().count() >= SHORTEST_PART)
                .map(str::to_owned)
                .collect()
        };
        let whole = [email.as_str(), email.local_part()].map(str::to_lowercase);
        let mut parts = words(email.local_part());
        parts.extend(whole.clone());
        Self {
            whole: whole.into(),
            parts,
            names: name.map_or_else(Vec::new, |name| words(&name.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{FlagSettings, SettingSources};

    fn judge(password: &str) -> Result<(), WeakReason> {
        let text = "issuer = 'https://auth.example.com'\npassword.min_length = 15";
        let sources = SettingSources::new(("", text), [], FlagSettings::default()).unwrap();
        let policy = PasswordPolicy::new(&Config::load(sources).unwrap());
        let email = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        let name = PersonName::parse("Ada Wintersbachtaler").unwrap();
        let password = PresentedPassword::parse(password).unwrap();
        let judged = policy.judge(&password, &email, Some(&name));
        judged.map_err(|weak| {
            assert_eq!(weak.min_length, 15);
            weak.reason
        })
    }

    #[test]
    fn length_is_counted_in_code_points_after_composition() {
        let four = "\u{1f511}\u{1f40e}\u{1f50b}\u{1f4ce} four+ eleven";
        assert_eq!(judge(four), Ok(()));
        assert_eq!(judge("fourteen chars"), Err(WeakReason::TooShort));
        // Fifteen code points as typed, fourteen composed.
        assert_eq!(judge("cafe\u{301} at eleven"), Err(WeakReason::TooShort));
        assert_eq!(
            judge(&"\u{1f511}\u{1f40e}\u{1f50b}z".repeat(16)),
            Err(WeakReason::Common)
        );
    }

    #[test]
    fn anything_long_and_hard_to_guess_is_good() {
        for password in [
            "several lamps flicker",
            "correct horse battery staple",
            "NUL \0 is no end of it",
            "ada.lovelace and charles babbage",
            "a signet ring of gold",
        ] {
            assert_eq!(judge(password), Ok(()), "{password:?}");
        }
    }

    #[test]
    fn a_refusal_says_why() {
        for (password, reason) in [
            ("passwordpassword", WeakReason::Common),
            ("qwertyuiopasdfg", WeakReason::Common),
            ("q1w2e3r4t5y6u7i8", WeakReason::Common),
            ("Ada.Lovelace@example.com", WeakReason::ContainsEmail),
            ("ada.lovelace123", WeakReason::ContainsEmail),
            ("!lovelace-lovelace", WeakReason::ContainsEmail),
            ("auth.example.com", WeakReason::ContainsServiceName),
            ("signetsignetsignet", WeakReason::ContainsServiceName),
            ("Examplesignet2026", WeakReason::ContainsServiceName),
            ("january1990january", WeakReason::Guessable),
            ("wintersbachtaler!", WeakReason::Guessable),
            ("                x", WeakReason::Guessable),
        ] {
            assert_eq!(judge(password), Err(reason), "{password}");
        }
    }
}
