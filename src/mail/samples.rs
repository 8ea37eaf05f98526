//! One sample of every mail, for previews and for the check of custom templates.

use chrono::TimeDelta;

use super::{MailKind, Message};
use crate::{identity::EmailAddress, locale::Locale};

/// A link about as long as a real one.
const LINK: &str = "https://app.example.com/confirm#token=m20260101T000000Z.\
    0EdMtpESOwpMuYlTO53yethgMDoYPL64ex2HkX5pRfToUTB5HzHbFpn2Gl5657Xo\
    XnA5lBTzhHYJGJYhR3HNF1qTknhOB-tAz7P0pGTgqRRR9XPutZ1gCYPhkL2Krdym\
    Np2OJycDUbZYsQJ4VhZ5fatitlkFjKJJSHK2vQGBrKR2ob8BXwIqAVZfpcs4dXYU\
    2R8YHeOKc-9zVR6e8bDIZaOCC0LWg46RXw6e6lXELbhUwZQdxB29uCMCl6uTzo9q\
    nhMu5mGXueMfr43SBKy58YW5bxWaaNainhMDt8RApNnXmQlxjo22w_8QovMBBNtB\
    xgo6XMrnX73HcuJXqsq3GfQfagAuSS5rM6HlXWdfgyKI_itiMSrZeNQ1x4so1mq2";
const PAGE: &str = "https://app.example.com";

impl Message {
    /// Returns one sample of every mail, all to the same recipient.
    pub fn samples(locale: Locale) -> Vec<Self> {
        let addresses = ["ada@example.com", "ada@example.org"].map(EmailAddress::parse);
        let [Ok(to), Ok(new)] = addresses else {
            return Vec::new();
        };
        let (link, page, provider) = (LINK.to_owned(), PAGE.to_owned(), "Google".to_owned());
        let all = [
            MailKind::ConfirmSignUp {
                link: link.clone(),
                lifetime: TimeDelta::days(1),
            },
            MailKind::AlreadySignedUp { page: page.clone() },
            MailKind::NoAccount { page: page.clone() },
            MailKind::ConfirmAccount {
                provider: provider.clone(),
                link: link.clone(),
                lifetime: TimeDelta::days(1),
            },
            MailKind::AccountJoined {
                provider: provider.clone(),
                page: page.clone(),
            },
            MailKind::AccountLinked {
                provider: provider.clone(),
                page: page.clone(),
            },
            MailKind::AccountUnlinked {
                provider: provider.clone(),
                page: page.clone(),
            },
            MailKind::LogInAndLink {
                provider: provider.clone(),
                page: page.clone(),
            },
            MailKind::ResetPassword {
                link: link.clone(),
                lifetime: TimeDelta::minutes(30),
            },
            MailKind::PasswordSet {
                page: page.clone(),
                removed: vec![provider.clone(), "GitHub".to_owned()],
                removes_passkeys: true,
            },
            MailKind::ConfirmAddress {
                link: link.clone(),
                lifetime: TimeDelta::hours(1),
                instead_of: new.clone(),
            },
            MailKind::AddressTaken { page: page.clone() },
            MailKind::AddressChangeAsked {
                new: new.clone(),
                page: page.clone(),
            },
            MailKind::AddressChanged {
                new,
                page: page.clone(),
                removed: vec![provider],
                removes_passkeys: true,
            },
            MailKind::FactorAdded { page: page.clone() },
            MailKind::FactorRemoved { page: page.clone() },
            MailKind::RecoveryCodesCreated { page: page.clone() },
            MailKind::RecoveryCodeUsed {
                page: page.clone(),
                remaining: "9".to_owned(),
            },
            MailKind::FactorsReset { page: page.clone() },
            MailKind::PasskeyAdded { page: page.clone() },
            MailKind::PasskeyRemoved { page: page.clone() },
            MailKind::LogIn {
                link,
                lifetime: TimeDelta::minutes(10),
                code: Some("ABCD-2345".to_owned()),
            },
            MailKind::Test { page },
        ];
        let message = |kind| Message {
            to: to.clone(),
            locale,
            kind,
        };
        all.into_iter().map(message).collect()
    }
}
