//! The messages that Signet sends: recipient, language and kind.

use std::fmt;

use chrono::TimeDelta;

use crate::{identity::EmailAddress, locale::Locale};

/// One mail to one recipient. Emails are its only values that an untrusted user may have entered.
#[derive(Clone)]
pub struct Message {
    /// The recipient's email.
    pub to: EmailAddress,
    /// The language of the mail.
    pub locale: Locale,
    /// The kind of mail, with its facts.
    pub kind: MailKind,
}

/// The kind of a mail. A `link` carries a token and performs an action; a `page` is only a page to
/// visit.
#[derive(Clone)]
pub enum MailKind {
    /// The link that confirms a sign-up, sent to an email without an account.
    ConfirmSignUp {
        /// The link to the page on which the user chooses a password.
        link: String,
        /// The lifetime of the link.
        lifetime: TimeDelta,
    },
    /// A notice to a user who signs up and already has an account.
    AlreadySignedUp {
        /// The login page.
        page: String,
    },
    /// A notice to an email without an account, for which a login link or a password reset was
    /// requested.
    NoAccount {
        /// The page on which the link was requested.
        page: String,
    },
    /// The link that confirms an email which the login provider has not verified.
    ConfirmAccount {
        /// The provider's name.
        provider: String,
        /// The link that confirms the email.
        link: String,
        /// The lifetime of the link.
        lifetime: TimeDelta,
    },
    /// A notice to a user whose account was joined by a provider that verifies the email.
    AccountJoined {
        /// The provider's name.
        provider: String,
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice to the user that an account at a provider was linked.
    AccountLinked {
        /// The provider's name.
        provider: String,
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice to the user that an account at a provider was unlinked.
    AccountUnlinked {
        /// The provider's name.
        provider: String,
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice to a user who logs in through a provider and already has an account: the user must log
    /// in to that account and link the provider.
    LogInAndLink {
        /// The provider's name.
        provider: String,
        /// The login page.
        page: String,
    },
    /// The link that sets a new password, for a user who has forgotten the password or never had one.
    ResetPassword {
        /// The link to the page on which the user chooses a new password.
        link: String,
        /// The lifetime of the link.
        lifetime: TimeDelta,
    },
    /// A notice that a password was set or changed.
    PasswordSet {
        /// The page that can log the user out everywhere.
        page: String,
        /// The names of the providers whose accounts were unlinked by the change.
        removed: Vec<String>,
        /// Set if passkeys were removed by the change.
        removes_passkeys: bool,
    },
    /// The link that confirms the new email of an account, sent to the new email.
    ConfirmAddress {
        /// The link that confirms the new email.
        link: String,
        /// The lifetime of the link.
        lifetime: TimeDelta,
        /// The account's current email.
        instead_of: EmailAddress,
    },
    /// A notice to a requested new email that already belongs to another account.
    AddressTaken {
        /// The login page.
        page: String,
    },
    /// A notice to the current email of an account that a change of email was requested.
    AddressChangeAsked {
        /// The requested email.
        new: EmailAddress,
        /// The page that can log the user out everywhere, which prevents the change.
        page: String,
    },
    /// A notice to the previous email of an account that the email was changed.
    AddressChanged {
        /// The new email.
        new: EmailAddress,
        /// The page that can log the user out everywhere.
        page: String,
        /// The names of the providers whose accounts were unlinked by the change.
        removed: Vec<String>,
        /// Set if passkeys were removed by the change.
        removes_passkeys: bool,
    },
    /// A notice that an authenticator app was set up.
    FactorAdded {
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice that the authenticator app was turned off.
    FactorRemoved {
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice that recovery codes were created.
    RecoveryCodesCreated {
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice that a recovery code was used to log in.
    RecoveryCodeUsed {
        /// The page that can log the user out everywhere.
        page: String,
        /// The number of codes that remain.
        remaining: String,
    },
    /// A notice that an administrator has removed all second factors.
    FactorsReset {
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice that a passkey was added.
    PasskeyAdded {
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// A notice that a passkey was removed.
    PasskeyRemoved {
        /// The page that can log the user out everywhere.
        page: String,
    },
    /// The link that logs the user in.
    LogIn {
        /// The link.
        link: String,
        /// The lifetime of the link.
        lifetime: TimeDelta,
        /// The code that can be entered in place of the link.
        code: Option<String>,
    },
    /// A test mail, which an operator sends to check the mail settings.
    Test {
        /// The URL of the service.
        page: String,
    },
}

/// The facts of a mail, in one shape for every kind.
pub(super) struct MailFacts<'a> {
    /// The name of the mail: the first part of the names of its sentences and of its templates.
    pub(super) mail: &'static str,
    /// The link, or the page.
    pub(super) link: &'a str,
    /// The lifetime of a link. A page has no lifetime.
    pub(super) lifetime: Option<TimeDelta>,
    /// The provider's name.
    pub(super) provider: Option<&'a str>,
    /// An email other than the recipient's.
    pub(super) address: Option<&'a EmailAddress>,
    /// The names of the providers whose accounts were unlinked.
    pub(super) removed: &'a [String],
    /// The number of recovery codes that remain.
    pub(super) count: Option<&'a str>,
    /// The code that can be entered in place of the link.
    pub(super) code: Option<&'a str>,
    /// Set if passkeys were removed.
    pub(super) removes_passkeys: bool,
}

impl MailKind {
    /// Returns the name of the mail, such as `reset-password`.
    pub fn name(&self) -> &'static str {
        self.facts().mail
    }

    /// Returns the facts of the mail.
    pub(super) fn facts(&self) -> MailFacts<'_> {
        let link = |mail, link, lifetime: &TimeDelta| MailFacts {
            mail,
            link,
            lifetime: Some(*lifetime),
            provider: None,
            address: None,
            removed: &[],
            count: None,
            code: None,
            removes_passkeys: false,
        };
        let page = |mail, page| MailFacts {
            mail,
            link: page,
            lifetime: None,
            provider: None,
            address: None,
            removed: &[],
            count: None,
            code: None,
            removes_passkeys: false,
        };
        match self {
            Self::ConfirmSignUp { link: at, lifetime } => link("confirm-sign-up", at, lifetime),
            Self::AlreadySignedUp { page: at } => page("already-signed-up", at),
            Self::NoAccount { page: at } => page("no-account", at),
            Self::ConfirmAccount {
                provider,
                link: at,
                lifetime,
            } => link("confirm-account", at, lifetime).with_provider(provider),
            Self::AccountJoined { provider, page: at } => {
                page("account-joined", at).with_provider(provider)
            }
            Self::AccountLinked { provider, page: at } => {
                page("account-linked", at).with_provider(provider)
            }
            Self::AccountUnlinked { provider, page: at } => {
                page("account-unlinked", at).with_provider(provider)
            }
            Self::LogInAndLink { provider, page: at } => {
                page("log-in-and-link", at).with_provider(provider)
            }
            Self::ResetPassword { link: at, lifetime } => link("reset-password", at, lifetime),
            Self::PasswordSet {
                page: at,
                removed,
                removes_passkeys,
            } => MailFacts {
                removes_passkeys: *removes_passkeys,
                ..page("password-set", at).with_removed(removed)
            },
            Self::ConfirmAddress {
                link: at,
                lifetime,
                instead_of,
            } => link("confirm-address", at, lifetime).with_email(instead_of),
            Self::AddressTaken { page: at } => page("address-taken", at),
            Self::AddressChangeAsked { new, page: at } => {
                page("address-change-asked", at).with_email(new)
            }
            Self::AddressChanged {
                new,
                page: at,
                removed,
                removes_passkeys,
            } => MailFacts {
                removes_passkeys: *removes_passkeys,
                ..page("address-changed", at)
                    .with_email(new)
                    .with_removed(removed)
            },
            Self::FactorAdded { page: at } => page("factor-added", at),
            Self::FactorRemoved { page: at } => page("factor-removed", at),
            Self::RecoveryCodesCreated { page: at } => page("recovery-codes", at),
            Self::RecoveryCodeUsed {
                page: at,
                remaining,
            } => page("recovery-code-used", at).with_count(remaining),
            Self::FactorsReset { page: at } => page("factors-reset", at),
            Self::PasskeyAdded { page: at } => page("passkey-added", at),
            Self::PasskeyRemoved { page: at } => page("passkey-removed", at),
            Self::LogIn {
                link: at,
                lifetime,
                code,
            } => MailFacts {
                code: code.as_deref(),
                ..link("log-in", at, lifetime)
            },
            Self::Test { page: at } => page("test", at),
        }
    }
}

impl<'a> MailFacts<'a> {
    fn with_provider(self, provider: &'a str) -> Self {
        Self {
            provider: Some(provider),
            ..self
        }
    }

    fn with_email(self, email: &'a EmailAddress) -> Self {
        Self {
            address: Some(email),
            ..self
        }
    }

    fn with_count(self, count: &'a str) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    fn with_removed(self, removed: &'a [String]) -> Self {
        Self { removed, ..self }
    }
}

/// Omits the link: a valid link is as powerful as a password.
impl fmt::Debug for MailKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MailKind").field(&self.name()).finish()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
