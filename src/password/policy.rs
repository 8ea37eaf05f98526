//! What a new password must be. Never asked at login: old passwords stay good.

use super::{PresentedPassword, blocklist};
use crate::{config::Config, identity::EmailAddress};

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Fewer code points than required.
    #[error("must be at least {min_length} characters long")]
    TooShort {
        /// How many are required.
        min_length: usize,
    },
    /// Among the first that anybody would try.
    #[error("must not be a common password, the name of this service or part of the address")]
    Common,
}

/// Length and blocklist, and nothing else: no composition rules, no expiry.
#[derive(Debug, Clone)]
pub struct Policy {
    min_length: usize,
    service_words: Vec<String>,
}

impl Policy {
    /// The length that is configured; nothing that the service's host name suggests.
    pub fn new(config: &Config) -> Self {
        let host = config.issuer.host();
        let labels = host.split('.').filter(|label| label.len() > 2);
        let words = ["signet", host].into_iter().chain(labels);
        Self {
            min_length: config.password.min_length,
            service_words: words.map(str::to_owned).collect(),
        }
    }

    /// Judges a new password for the person of that address.
    pub fn judge(&self, password: &PresentedPassword, email: &EmailAddress) -> Result<(), Weak> {
        let password = password.as_str();
        if password.chars().count() < self.min_length {
            return Err(Weak::TooShort {
                min_length: self.min_length,
            });
        }
        let mut context: Vec<_> = self.service_words.iter().map(String::as_str).collect();
        context.extend([email.as_str(), email.local_part()]);
        if blocklist::is_common(password, &context) {
            Err(Weak::Common)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Sources};

    fn judge(password: &str) -> Result<(), Weak> {
        let text = "issuer = 'https://auth.example.com'\npassword.min_length = 15";
        let sources = Sources::new(("", text), [], Flags::default()).unwrap();
        let policy = Policy::new(&Config::load(sources).unwrap());
        let email = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        policy.judge(&PresentedPassword::parse(password).unwrap(), &email)
    }

    #[test]
    fn length_is_counted_in_code_points_after_composition() {
        assert_eq!(
            judge("\u{1f511}\u{1f40e}\u{1f50b}\u{1f4ce} four+ eleven"),
            Ok(())
        );
        assert_eq!(
            judge("fourteen chars"),
            Err(Weak::TooShort { min_length: 15 })
        );
        // Fifteen code points as typed, fourteen composed.
        assert_eq!(
            judge("cafe\u{301} at eleven"),
            Err(Weak::TooShort { min_length: 15 })
        );
        assert_eq!(
            judge(&"\u{1f511}\u{1f40e}\u{1f50b}z".repeat(16)),
            Err(Weak::Common)
        );
    }

    #[test]
    fn anything_long_and_uncommon_is_good() {
        for password in [
            "only lower case",
            "               .",
            "NUL \0 is no end of it",
            "                x",
        ] {
            assert_eq!(judge(password), Ok(()), "{password:?}");
        }
    }

    #[test]
    fn what_a_stranger_would_guess_is_refused() {
        for password in [
            "passwordpassword",
            "auth.example.com",
            "Ada.Lovelace@example.com",
            "ada.lovelace123",
            "signetsignetsignet",
        ] {
            assert_eq!(judge(password), Err(Weak::Common), "{password}");
        }
    }
}
