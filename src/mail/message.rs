//! What mails say.

use std::fmt;

use chrono::TimeDelta;

use crate::{identity::EmailAddress, locale::Locale};

/// One mail to one address. It holds nothing that a stranger typed but addresses.
#[derive(Clone)]
pub struct Message {
    /// To whom.
    pub to: EmailAddress,
    /// In which language.
    pub locale: Locale,
    /// What it says.
    pub kind: MailKind,
}

/// What a mail says. A `link` carries a token and does something; a `page` is where to look.
#[derive(Clone)]
pub enum MailKind {
    /// To somebody new: the link that confirms a sign-up.
    ConfirmSignUp {
        /// Where a password is chosen.
        link: String,
        /// For how long.
        good_for: TimeDelta,
    },
    /// To somebody who signs up and has an account already.
    AlreadySignedUp {
        /// Where one logs in.
        page: String,
    },
    /// To an address that nobody can log in with, where a link to log in or to reset was asked for.
    NoAccount {
        /// Where that was.
        page: String,
    },
    /// To somebody who logs in by a provider that does not vouch for the address.
    ConfirmAccount {
        /// The provider's name.
        provider: String,
        /// Where the address is confirmed.
        link: String,
        /// For how long.
        good_for: TimeDelta,
    },
    /// To somebody whom a provider that vouches for the address has let in.
    AccountJoined {
        /// The provider's name.
        provider: String,
        /// Where one logs in.
        page: String,
    },
    /// A notice to the owner: an account at a provider was linked.
    AccountLinked {
        /// The provider's name.
        provider: String,
        /// Where one logs in.
        page: String,
    },
    /// A notice to the owner: an account at a provider was unlinked.
    AccountUnlinked {
        /// The provider's name.
        provider: String,
        /// Where one logs in.
        page: String,
    },
    /// To somebody who logs in by a provider and has an account already.
    LogInAndLink {
        /// The provider's name.
        provider: String,
        /// Where one logs in.
        page: String,
    },
    /// To somebody who has forgotten a password, or never had one.
    ResetPassword {
        /// Where a new one is chosen.
        link: String,
        /// For how long.
        good_for: TimeDelta,
    },
    /// A notice: a password was set or changed.
    PasswordSet {
        /// Where it is reset by whoever did not do that.
        page: String,
        /// The names of the providers whose accounts were removed with it.
        removed: Vec<String>,
    },
    /// To the new address of an account.
    ConfirmAddress {
        /// Where it is confirmed.
        link: String,
        /// For how long.
        good_for: TimeDelta,
        /// The account's present address.
        instead_of: EmailAddress,
    },
    /// To a new address that has an account of its own.
    AddressTaken {
        /// Where one logs in.
        page: String,
    },
    /// To the present address of an account: another one was asked for.
    AddressChangeAsked {
        /// Which.
        new: EmailAddress,
        /// Where whoever did not ask prevents it.
        page: String,
    },
    /// To the former address of an account.
    AddressChanged {
        /// The present one.
        new: EmailAddress,
        /// Where one logs in.
        page: String,
        /// The names of the providers whose accounts were removed with it.
        removed: Vec<String>,
    },
    /// The link that logs in.
    LogIn {
        /// Where.
        link: String,
        /// For how long.
        good_for: TimeDelta,
    },
    /// From whoever runs the service, to see whether mail works.
    Test {
        /// The service.
        page: String,
    },
}

/// What there is to say, whichever mail it is.
pub(super) struct MailFacts<'a> {
    /// What the mail is called: the first part of its sentences' and its templates' names.
    pub(super) mail: &'static str,
    /// The link or the page.
    pub(super) link: &'a str,
    /// Of a link alone: a page has no end.
    pub(super) good_for: Option<TimeDelta>,
    pub(super) provider: Option<&'a str>,
    /// Another address than the one that the mail goes to.
    pub(super) address: Option<&'a EmailAddress>,
    /// The names of the providers whose accounts were removed.
    pub(super) removed: &'a [String],
}

impl MailKind {
    /// What the mail is called, such as `reset-password`.
    pub fn name(&self) -> &'static str {
        self.facts().mail
    }

    pub(super) fn facts(&self) -> MailFacts<'_> {
        let link = |mail, link, good_for: &TimeDelta| MailFacts {
            mail,
            link,
            good_for: Some(*good_for),
            provider: None,
            address: None,
            removed: &[],
        };
        let page = |mail, page| MailFacts {
            mail,
            link: page,
            good_for: None,
            provider: None,
            address: None,
            removed: &[],
        };
        match self {
            Self::ConfirmSignUp { link: at, good_for } => link("confirm-sign-up", at, good_for),
            Self::AlreadySignedUp { page: at } => page("already-signed-up", at),
            Self::NoAccount { page: at } => page("no-account", at),
            Self::ConfirmAccount {
                provider,
                link: at,
                good_for,
            } => link("confirm-account", at, good_for).by(provider),
            Self::AccountJoined { provider, page: at } => page("account-joined", at).by(provider),
            Self::AccountLinked { provider, page: at } => page("account-linked", at).by(provider),
            Self::AccountUnlinked { provider, page: at } => {
                page("account-unlinked", at).by(provider)
            }
            Self::LogInAndLink { provider, page: at } => page("log-in-and-link", at).by(provider),
            Self::ResetPassword { link: at, good_for } => link("reset-password", at, good_for),
            Self::PasswordSet { page: at, removed } => page("password-set", at).without(removed),
            Self::ConfirmAddress {
                link: at,
                good_for,
                instead_of,
            } => link("confirm-address", at, good_for).about(instead_of),
            Self::AddressTaken { page: at } => page("address-taken", at),
            Self::AddressChangeAsked { new, page: at } => {
                page("address-change-asked", at).about(new)
            }
            Self::AddressChanged {
                new,
                page: at,
                removed,
            } => page("address-changed", at).about(new).without(removed),
            Self::LogIn { link: at, good_for } => link("log-in", at, good_for),
            Self::Test { page: at } => page("test", at),
        }
    }
}

impl<'a> MailFacts<'a> {
    fn by(self, provider: &'a str) -> Self {
        Self {
            provider: Some(provider),
            ..self
        }
    }

    fn about(self, address: &'a EmailAddress) -> Self {
        Self {
            address: Some(address),
            ..self
        }
    }

    fn without(self, removed: &'a [String]) -> Self {
        Self { removed, ..self }
    }
}

/// Links are as good as passwords while they live.
impl fmt::Debug for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Says").field(&self.name()).finish()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("says", &self.kind)
            .finish_non_exhaustive()
    }
}
