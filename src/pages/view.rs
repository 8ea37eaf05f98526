//! The views of the hosted pages. Handlers fill in a view, and [`Page`] is what all views become.
//!
//! Each page has a template, `view/<page>.html`, which a file in the folder `pages.templates` can replace. The texts are
//! in `locale/*/page.ftl`. All values are escaped, and their types limit them further: a [`DisplayText`] is short
//! and visible text, a [`Link`] is a URL of the web or of an app. A page loads
//! nothing but logos of this service: its style sheet and its script are inline, and its Content Security Policy allows
//! these two by their hashes.

mod account;
mod account_factors;
mod admin;
mod admin_create;
mod admin_node;
mod brand;
mod choose_account;
mod client;
mod display_text;
mod email_forms;
mod error;
mod form_errors;
mod form_post_relay;
mod home;
mod link;
mod log_out;
mod login;
mod mailed_link;
mod page;
mod passkey;
mod provider_button;
mod samples;
mod second_factor;
mod start_tags;
mod templates;

pub use self::templates::{preview, read_templates};
pub(crate) use self::{
    account::{
        ACCOUNT_TAKEN, AccountDeletedPage, AccountLinks, AccountNotice, AccountPage, CONNECTED,
        ChangeEmailPage, ChangeEmailProblem, ChangePasswordPage, ConfirmChangePage, ConfirmProblem,
        ConfirmedChange, ConnectedAccount, NewConnection, OTHER_USER, PASSKEY_ADDED,
        PASSKEY_REMOVED, PASSWORD_CHANGED, Passkeys, ProfilePage, ProfileProblem, SecuritySection,
        ShownPasskey, TOTP_ADDED,
    },
    account_factors::{
        AddPasskeyPage, RecoveryCodesPage, RenamePasskeyPage, TotpPage, TotpProblem,
    },
    admin::{
        AdminActPage, AdminFilter, AdminNavigation, AdminSection, AdminUserPage, AdminUserRow,
        AdminUsersPage,
    },
    admin_create::{AdminCreatePage, AdminCreateProblem},
    admin_node::{
        AdminEventRow, AdminEventsPage, AdminKeysPage, AdminRecord, AdminRecordsPage, admin_time,
    },
    brand::{ICON_PATH, LOGO_PATH},
    choose_account::ChooseAccountPage,
    client::{CLIENT_LOGO_PATH, ClientView},
    display_text::DisplayText,
    email_forms::{
        ForgotPasswordPage, LinkRequiredPage, LoginCodeForm, LoginCodeProblem, MailSentPage,
        ProviderEmailPage, SignUpPage, SignUpProblem,
    },
    error::{ErrorMessage, ErrorPage},
    form_errors::PasswordProblem,
    form_post_relay::{FormPostRelay, RelayPurpose},
    home::{AppLink, HomePage},
    link::Link,
    log_out::{LogOutEverywherePage, LogOutPage, LoggedOutPage},
    login::{ConfirmLoginPage, LoggedInPage, LoginLandingPage, LoginPage, LoginProblem},
    mailed_link::{
        ActionCompletedPage, ChoosePasswordPage, CompleteSignUpPage, CompletedAction,
        ConfirmEmailPage, LoginLinkPage, PasswordPurpose,
    },
    page::Page,
    passkey::{PasskeyButton, PasskeyOfferPage, PasskeyOfferProblem},
    provider_button::{ProviderButton, ProviderMark},
    second_factor::{SecondFactorPage, SecondFactorProblem},
};

#[cfg(test)]
mod tests;
