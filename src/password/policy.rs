//! The policy for new passwords. A login does not apply the policy, so old passwords stay valid.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{PresentedPassword, blocklist, structure};
use crate::{
    config::Config,
    identity::{EmailAddress, PersonName},
};

/// The length from which a part of an email or host name counts as a word.
const MIN_PART_LENGTH: usize = 3;

/// The length from which a word of the email or of the service is searched for inside a password.
const MIN_CONTAINED_LENGTH: usize = 4;

/// A new password is refused by the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeakPassword {
    /// The reason.
    pub reason: WeakReason,
    /// The required number of code points.
    pub min_length: usize,
}

/// The reason why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeakReason {
    /// The password has fewer code points than required.
    TooShort,
    /// The password is on the list of common passwords, possibly repeated or followed by digits.
    Common,
    /// The password is little more than the user's email.
    ContainsEmail,
    /// The password is little more than the name or the host of the service.
    ContainsServiceName,
    /// The password consists of words, keyboard walks, dates or repetition that cost few guesses.
    Guessable,
}

impl WeakReason {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::TooShort,
        Self::Common,
        Self::ContainsEmail,
        Self::ContainsServiceName,
        Self::Guessable,
    ];

    /// Returns the name of the reason in responses.
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

/// The policy: length, blocklist and structure. There are no composition rules and no expiry.
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    min_length: usize,
    service_words: Vec<String>,
}

impl PasswordPolicy {
    /// Creates the policy from the configured length and the words of the service's host name. Loads no
    /// tables.
    pub fn new(config: &Config) -> Self {
        let host = config.issuer.host();
        let labels = host
            .split('.')
            .filter(|label| label.len() >= MIN_PART_LENGTH);
        let words = ["signet", host].into_iter().chain(labels);
        Self {
            min_length: config.password.min_length,
            service_words: words.map(str::to_lowercase).collect(),
        }
    }

    /// Checks a new password for the user with that email and name. Blocks for milliseconds, and longer at
    /// the first estimate, which loads the tables.
    ///
    /// # Errors
    ///
    /// The reason why the password is refused.
    pub fn check(
        &self,
        password: &PresentedPassword,
        email: &EmailAddress,
        name: Option<&PersonName>,
    ) -> Result<(), WeakPassword> {
        self.check_length(password)?;
        let person = PersonalContext::new(email, name);
        let reason = || self.weakness(password.as_str(), &person);
        // A panic of the estimator is logged and refuses the password.
        match catch_unwind(AssertUnwindSafe(reason)).unwrap_or(Some(WeakReason::Guessable)) {
            Some(reason) => Err(self.weak(reason)),
            None => Ok(()),
        }
    }

    /// Checks only the length, which takes no time.
    ///
    /// # Errors
    ///
    /// The password is too short.
    pub(super) fn check_length(&self, password: &PresentedPassword) -> Result<(), WeakPassword> {
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

    fn weakness(&self, password: &str, person: &PersonalContext) -> Option<WeakReason> {
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
                .any(|word| word.chars().count() >= MIN_CONTAINED_LENGTH && folded.contains(word))
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

/// The words that an attacker of this user tries first, in lower case.
struct PersonalContext {
    /// The email and its local part.
    whole: Vec<String>,
    /// The email, its local part, and the words of the local part.
    parts: Vec<String>,
    /// The words of the name.
    names: Vec<String>,
}

impl PersonalContext {
    fn new(email: &EmailAddress, name: Option<&PersonName>) -> Self {
        let words = |text: &str| -> Vec<String> {
            text.to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| word.chars().count() >= MIN_PART_LENGTH)
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

    fn check(password: &str) -> Result<(), WeakReason> {
        let text = "issuer = 'https://auth.example.com'\npassword.min_length = 15";
        let sources = SettingSources::new(("", text), [], FlagSettings::default()).unwrap();
        let policy = PasswordPolicy::new(&Config::load(sources).unwrap());
        let email = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        let name = PersonName::parse("Ada Wintersbachtaler").unwrap();
        let password = PresentedPassword::parse(password).unwrap();
        let checked = policy.check(&password, &email, Some(&name));
        checked.map_err(|weak| {
            assert_eq!(weak.min_length, 15);
            weak.reason
        })
    }

    #[test]
    fn length_is_counted_in_code_points_after_composition() {
        let four = "\u{1f511}\u{1f40e}\u{1f50b}\u{1f4ce} four+ eleven";
        assert_eq!(check(four), Ok(()));
        assert_eq!(check("fourteen chars"), Err(WeakReason::TooShort));
        // Fifteen code points as typed, fourteen composed.
        assert_eq!(check("cafe\u{301} at eleven"), Err(WeakReason::TooShort));
        assert_eq!(
            check(&"\u{1f511}\u{1f40e}\u{1f50b}z".repeat(16)),
            Err(WeakReason::Common)
        );
    }

    #[test]
    fn long_unguessable_passwords_are_accepted() {
        for password in [
            "several lamps flicker",
            "correct horse battery staple",
            "NUL \0 is no end of it",
            "ada.lovelace and charles babbage",
            "a signet ring of gold",
        ] {
            assert_eq!(check(password), Ok(()), "{password:?}");
        }
    }

    #[test]
    fn weak_passwords_are_refused_with_their_reason() {
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
            assert_eq!(check(password), Err(reason), "{password}");
        }
    }
}
