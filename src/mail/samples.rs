//! One of every mail, for those who want to see what it looks like.

use chrono::TimeDelta;

use super::{Message, Says};
use crate::{identity::EmailAddress, locale::Locale};

/// As long as a sealed token is, give or take.
const LINK: &str = "https://app.example.com/confirm#token=m20260101T000000Z.\
                    AQhVb3Jlc2V0LXBhc3N3b3JkLXRva2VuLXRoYXQtb3BlbnMtbm90aGluZw";
const PAGE: &str = "https://app.example.com";

impl Message {
    /// One of every mail, to the same person.
    pub fn samples(locale: Locale) -> Vec<Self> {
        let addresses = ["ada@example.com", "ada@example.org"].map(EmailAddress::parse);
        let [Ok(to), Ok(new)] = addresses else {
            return Vec::new();
        };
        let (link, page, provider) = (LINK.to_owned(), PAGE.to_owned(), "Google".to_owned());
        let all = [
            Says::ConfirmSignUp {
                link: link.clone(),
                good_for: TimeDelta::days(1),
            },
            Says::AlreadySignedUp { page: page.clone() },
            Says::NoAccount { page: page.clone() },
            Says::ConfirmAccount {
                provider: provider.clone(),
                link: link.clone(),
                good_for: TimeDelta::days(1),
            },
            Says::AccountJoined {
                provider: provider.clone(),
                page: page.clone(),
            },
            Says::LogInAndLink {
                provider,
                page: page.clone(),
            },
            Says::ResetPassword {
                link: link.clone(),
                good_for: TimeDelta::minutes(30),
            },
            Says::PasswordSet { page: page.clone() },
            Says::ConfirmAddress {
                link: link.clone(),
                good_for: TimeDelta::hours(1),
                instead_of: new.clone(),
            },
            Says::AddressTaken { page: page.clone() },
            Says::AddressChangeAsked {
                new: new.clone(),
                page: page.clone(),
            },
            Says::AddressChanged {
                new,
                page: page.clone(),
            },
            Says::LogIn {
                link,
                good_for: TimeDelta::minutes(10),
            },
            Says::Test { page },
        ];
        let message = |says| Message {
            to: to.clone(),
            locale,
            says,
        };
        all.into_iter().map(message).collect()
    }
}
