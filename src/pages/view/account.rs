//! The pages of the account: the overview, and the forms that change one value.

use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::Serialize;

use super::{
    DisplayText, Link,
    form_errors::{self, FieldError, PasswordProblem},
    page::{FormTarget, Page},
};
use crate::identity::{InvalidEmailAddress, InvalidPersonName};

/// The overview of the account. Its form logs out, or with `everywhere=1` ends every login.
#[derive(Serialize)]
pub(crate) struct AccountPage {
    #[serde(rename = "action")]
    pub(crate) log_out: Link,
    /// The ID of the user, whom alone the form logs out.
    pub(crate) user: String,
    /// The change that was just made.
    pub(crate) notice: Option<AccountNotice>,
    pub(crate) email: DisplayText,
    pub(crate) name: Option<DisplayText>,
    pub(crate) picture: Option<DisplayText>,
    pub(crate) has_password: bool,
    /// False if no mail server is configured, which the change of an email needs.
    pub(crate) can_change_email: bool,
    pub(crate) accounts: Vec<ConnectedAccount>,
    /// The providers whose accounts can be connected.
    pub(crate) connect: Vec<NewConnection>,
    pub(crate) security: SecuritySection,
    /// The time until apps notice a logout everywhere, in words.
    pub(crate) everywhere: String,
    pub(crate) links: AccountLinks,
}

/// The changes that the overview reports: their names in its address, and their texts.
const NOTICES: [(&str, &str); 6] = [
    (PASSWORD_CHANGED, "page-account-password-changed"),
    (PASSKEY_REMOVED, "page-account-passkey-removed"),
    (PASSKEY_ADDED, "page-passkey-created"),
    (TOTP_ADDED, "page-totp-on"),
    (ACCOUNT_TAKEN, "page-account-connected-taken"),
    (OTHER_USER, "page-account-other-user"),
];
pub(crate) const PASSWORD_CHANGED: &str = "password";
pub(crate) const PASSKEY_REMOVED: &str = "passkey-removed";
pub(crate) const PASSKEY_ADDED: &str = "passkey-added";
pub(crate) const TOTP_ADDED: &str = "totp";
pub(crate) const ACCOUNT_TAKEN: &str = "taken";

/// A form that was shown to another user, and has changed nothing.
pub(crate) const OTHER_USER: &str = "other-user";

/// The name of the change after which the overview reports [`AccountNotice::connected`].
pub(crate) const CONNECTED: &str = "connected";

impl AccountNotice {
    /// Returns the notice of the change with this name.
    pub(crate) fn of(change: &str) -> Option<Self> {
        let (_, text) = NOTICES.iter().find(|(name, _)| *name == change)?;
        Some(Self {
            text,
            email: None,
            provider: None,
        })
    }

    /// The notice of an account of that provider that was connected.
    pub(crate) fn connected(provider: DisplayText) -> Self {
        Self {
            text: "page-account-connected-done",
            email: None,
            provider: Some(provider),
        }
    }

    /// The notice of an email that has to be confirmed.
    pub(crate) fn email_asked(email: DisplayText) -> Self {
        Self {
            text: "page-account-email-asked",
            email: Some(email),
            provider: None,
        }
    }
}

/// A change that the overview reports.
#[derive(Serialize)]
pub(crate) struct AccountNotice {
    /// The key of the text.
    text: &'static str,
    /// The email in the text.
    email: Option<DisplayText>,
    /// The provider in the text.
    provider: Option<DisplayText>,
}

/// The pages to which the overview leads.
#[derive(Serialize)]
pub(crate) struct AccountLinks {
    pub(crate) profile: Link,
    pub(crate) email: Link,
    pub(crate) password: Link,
    pub(crate) data: Link,
    pub(crate) delete: Link,
}

/// An account of a provider.
#[derive(Serialize)]
pub(crate) struct ConnectedAccount {
    pub(crate) provider: DisplayText,
    pub(crate) disconnect: Link,
}

/// A provider whose account can be connected.
#[derive(Serialize)]
pub(crate) struct NewConnection {
    pub(crate) provider: DisplayText,
    /// Posting an empty form starts the login at the provider.
    pub(crate) action: Link,
}

/// The passkeys, the authenticator app and the recovery codes.
#[derive(Serialize)]
pub(crate) struct SecuritySection {
    /// `None` where passkeys are off and the user has none.
    pub(crate) passkeys: Option<Passkeys>,
    pub(crate) has_totp: bool,
    pub(crate) totp: Link,
    pub(crate) has_recovery_codes: bool,
    /// The number of recovery codes that were not used.
    pub(crate) recovery_codes: usize,
    /// Set if the user has a factor, which recovery codes need.
    pub(crate) recovery: Option<Link>,
}

#[derive(Serialize)]
pub(crate) struct Passkeys {
    pub(crate) all: Vec<ShownPasskey>,
    /// `None` if the user has as many passkeys as are allowed, or passkeys are off.
    pub(crate) add: Option<Link>,
}

#[derive(Serialize)]
pub(crate) struct ShownPasskey {
    pub(crate) name: DisplayText,
    /// The date of creation in UTC.
    pub(crate) added: NaiveDate,
    pub(crate) is_synced: bool,
    /// The domain of a passkey that cannot be used here.
    pub(crate) other_domain: Option<DisplayText>,
    pub(crate) rename: Link,
    pub(crate) remove: Link,
}

impl From<AccountPage> for Page {
    fn from(view: AccountPage) -> Self {
        let form = if view.connect.is_empty() {
            FormTarget::Signet
        } else {
            FormTarget::Client
        };
        Self::new("account.html", &view).form(form).without_opener()
    }
}

/// Changes name and picture. Posts `name` and `picture`, which may be empty.
#[derive(Serialize)]
pub(crate) struct ProfilePage {
    pub(crate) action: Link,
    pub(crate) back: Link,
    pub(crate) name: Option<DisplayText>,
    pub(crate) picture: Option<String>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<ProfileProblem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProfileProblem {
    Name(InvalidPersonName),
    Picture,
}

impl From<ProfileProblem> for FieldError {
    fn from(problem: ProfileProblem) -> Self {
        match problem {
            ProfileProblem::Name(invalid) => invalid.into(),
            ProfileProblem::Picture => Self::new("picture", "page-account-picture-wrong"),
        }
    }
}

impl From<ProfilePage> for Page {
    fn from(view: ProfilePage) -> Self {
        account_form("account-profile.html", &view, view.problem.is_some())
    }
}

/// Requests a new email. Posts `email`.
#[derive(Serialize)]
pub(crate) struct ChangeEmailPage {
    pub(crate) action: Link,
    pub(crate) back: Link,
    pub(crate) email: Option<DisplayText>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<ChangeEmailProblem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeEmailProblem {
    Invalid(InvalidEmailAddress),
    Same,
}

impl From<ChangeEmailProblem> for FieldError {
    fn from(problem: ChangeEmailProblem) -> Self {
        match problem {
            ChangeEmailProblem::Invalid(invalid) => invalid.into(),
            ChangeEmailProblem::Same => Self::new("email", "page-account-email-same"),
        }
    }
}

impl From<ChangeEmailPage> for Page {
    fn from(view: ChangeEmailPage) -> Self {
        account_form("account-email.html", &view, view.problem.is_some())
    }
}

/// Sets a new password. Posts `password`.
#[derive(Serialize)]
pub(crate) struct ChangePasswordPage {
    pub(crate) action: Link,
    pub(crate) back: Link,
    /// The email, for password managers.
    pub(crate) email: DisplayText,
    pub(crate) min_length: usize,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<PasswordProblem>,
}

impl From<ChangePasswordPage> for Page {
    fn from(view: ChangePasswordPage) -> Self {
        account_form("account-password.html", &view, view.problem.is_some())
            .script(include_str!("reveal.js"))
    }
}

/// Asks the user to confirm a change that cannot be undone.
#[derive(Serialize)]
pub(crate) struct ConfirmChangePage {
    pub(crate) action: Link,
    pub(crate) back: Link,
    pub(crate) change: ConfirmedChange,
    /// The provider or the passkey.
    pub(crate) subject: Option<DisplayText>,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<ConfirmProblem>,
}

/// A change that the user confirms. The account is deleted if `email` is the user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConfirmedChange {
    Disconnect,
    DeleteAccount,
    RemovePasskey,
    RemoveTotp,
    NewRecoveryCodes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfirmProblem {
    /// Without it the user could not log in.
    LastWayIn,
    /// The entered email is another one.
    OtherEmail,
}

impl From<ConfirmProblem> for FieldError {
    fn from(problem: ConfirmProblem) -> Self {
        match problem {
            ConfirmProblem::LastWayIn => Self::new("change", "page-account-last-way"),
            ConfirmProblem::OtherEmail => Self::new("email", "page-account-delete-confirm"),
        }
    }
}

impl From<ConfirmChangePage> for Page {
    fn from(view: ConfirmChangePage) -> Self {
        account_form("account-confirm.html", &view, view.problem.is_some())
    }
}

/// Reports that the account is deleted.
#[derive(Serialize)]
pub(crate) struct AccountDeletedPage {
    /// The time until apps notice, in words.
    pub(crate) time: String,
}

impl From<AccountDeletedPage> for Page {
    fn from(view: AccountDeletedPage) -> Self {
        Self::new("account-deleted.html", &view)
            .status(StatusCode::OK)
            .without_opener()
    }
}

pub(super) fn account_form(
    template: &'static str,
    view: &impl Serialize,
    is_invalid: bool,
) -> Page {
    Page::new(template, view)
        .invalid_if(is_invalid)
        .form(FormTarget::Signet)
        .without_opener()
}
