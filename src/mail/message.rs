//! What mails say.

use std::fmt;

use chrono::TimeDelta;

use super::Letter;
use crate::{identity::EmailAddress, locale::Locale};

/// One mail to one address. It holds nothing that a stranger typed but the address itself.
#[derive(Clone)]
pub struct Message {
    /// To whom.
    pub to: EmailAddress,
    /// The subject line.
    pub subject: &'static str,
    /// The text.
    pub text: String,
}

impl Message {
    /// To somebody new: the link that confirms a sign-up.
    pub fn confirm_sign_up(to: EmailAddress, link: &str, good_for: TimeDelta) -> Self {
        let text = format!(
            "Welcome! Open this link to confirm your address and choose a password:\n\n\
             {link}\n\n\
             It is good for {}. If you did not ask to sign up, do nothing: nothing has been \
             stored.\n",
            spelt(good_for)
        );
        Self {
            to,
            subject: "Confirm your address",
            text,
        }
    }

    /// To somebody who logs in by a provider that does not vouch for the address.
    pub fn confirm_account(
        to: EmailAddress,
        provider: &str,
        link: &str,
        good_for: TimeDelta,
    ) -> Self {
        let text = format!(
            "Welcome! Open this link to confirm your address, in the browser in which you logged in \
             with {provider}:\n\n\
             {link}\n\n\
             It is good for {}. If you did not log in with {provider}, do nothing: nothing has been \
             stored.\n",
            spelt(good_for)
        );
        Self {
            to,
            subject: "Confirm your address",
            text,
        }
    }

    /// To somebody whom a provider that vouches for the address has let in.
    pub fn account_joined(to: EmailAddress, provider: &str, page: &str) -> Self {
        let text = format!(
            "You can log in with {provider} at {page} from now on: somebody who has this address there \
             has just done so.\n\n\
             If that was not you, log in as usual, unlink {provider}, and see to your account there.\n"
        );
        Self {
            to,
            subject: "A new way to log in",
            text,
        }
    }

    /// To somebody who logs in by such a provider and has an account already.
    pub fn log_in_and_link(to: EmailAddress, provider: &str, page: &str) -> Self {
        let text = format!(
            "Somebody, perhaps you, logged in with {provider} at {page} and named this address.\n\n\
             It already has an account. If that was you, log in as usual, and link {provider} \
             there. If not, do nothing: nothing has changed.\n"
        );
        Self {
            to,
            subject: "You already have an account",
            text,
        }
    }

    /// To somebody who has an account already.
    pub fn already_signed_up(to: EmailAddress, page: &str) -> Self {
        let text = format!(
            "Somebody, perhaps you, asked to sign up with this address at {page}\n\n\
             It already has an account, so there is nothing to confirm: log in as usual. If that \
             was not you, do nothing: nothing has changed.\n"
        );
        Self {
            to,
            subject: "You already have an account",
            text,
        }
    }
}

impl From<Message> for Letter {
    fn from(Message { to, subject, text }: Message) -> Self {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        Self {
            to,
            locale: Locale::English,
            subject: subject.to_owned(),
            html: format!("<pre>{escaped}</pre>"),
            text,
        }
    }
}

/// Links are as good as passwords while they live.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

fn spelt(duration: TimeDelta) -> String {
    let unit = |number: i64, name: &str| match number {
        1 => format!("1 {name}"),
        _ => format!("{number} {name}s"),
    };
    match duration.num_seconds() {
        seconds if seconds % 3600 == 0 => unit(seconds / 3600, "hour"),
        seconds if seconds % 60 == 0 => unit(seconds / 60, "minute"),
        seconds => unit(seconds, "second"),
    }
}
