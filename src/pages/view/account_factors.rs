//! The pages of the account that add second factors.

use serde::Serialize;

use super::{
    DisplayText, Link,
    account::account_form,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
    passkey::{PasskeyOfferProblem, REGISTRATION_SCRIPT},
};
use crate::second_factor::QrPath;

/// Sets up an authenticator app. Posts `enrolment` and `code`.
#[derive(Serialize)]
pub(crate) struct TotpPage {
    pub(crate) action: Link,
    pub(crate) back: Link,
    /// The sealed enrolment.
    pub(crate) enrolment: String,
    /// The secret in base32.
    pub(crate) secret: String,
    /// The QR code of the secret.
    pub(crate) qr: QrPath,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<TotpProblem>,
    /// The client that requires the factor, to which the form leads on.
    pub(crate) client: Option<DisplayText>,
}

fn target(client: Option<&DisplayText>) -> FormTarget {
    if client.is_some() {
        FormTarget::Client
    } else {
        FormTarget::Signet
    }
}

/// The problem of the code that was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TotpProblem {
    /// The code does not match the secret.
    WrongCode,
    /// The enrolment has expired, or is of an earlier or another login. The page has a new one.
    Over,
}

impl From<TotpProblem> for FieldError {
    fn from(problem: TotpProblem) -> Self {
        let text = match problem {
            TotpProblem::WrongCode => "page-factor-wrong",
            TotpProblem::Over => "page-totp-over",
        };
        Self::new("code", text)
    }
}

impl From<TotpPage> for Page {
    fn from(view: TotpPage) -> Self {
        account_form("account-totp.html", &view, view.problem.is_some())
            .form(target(view.client.as_ref()))
    }
}

/// Shows recovery codes, once.
#[derive(Serialize)]
pub(crate) struct RecoveryCodesPage {
    pub(crate) codes: Vec<String>,
    pub(crate) back: Link,
}

impl From<RecoveryCodesPage> for Page {
    fn from(view: RecoveryCodesPage) -> Self {
        Self::new("account-recovery-codes.html", &view).without_opener()
    }
}

/// Adds a passkey. Posts `by=passkey`, `challenge` and `credential`.
#[derive(Serialize)]
pub(crate) struct AddPasskeyPage {
    pub(crate) action: Link,
    pub(crate) back: Link,
    /// The sealed challenge.
    pub(crate) challenge: String,
    /// `PublicKeyCredentialCreationOptionsJSON`.
    pub(crate) options: String,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<PasskeyOfferProblem>,
    /// The client that requires the factor, to which the form leads on.
    pub(crate) client: Option<DisplayText>,
}

impl From<AddPasskeyPage> for Page {
    fn from(view: AddPasskeyPage) -> Self {
        account_form("account-passkey.html", &view, view.problem.is_some())
            .script(REGISTRATION_SCRIPT)
            .form(target(view.client.as_ref()))
    }
}

/// Renames a passkey. Posts `name`.
#[derive(Serialize)]
pub(crate) struct RenamePasskeyPage {
    pub(crate) action: Link,
    pub(crate) back: Link,
    pub(crate) name: Option<DisplayText>,
    pub(crate) is_invalid: bool,
}

impl From<RenamePasskeyPage> for Page {
    fn from(view: RenamePasskeyPage) -> Self {
        account_form("account-passkey-name.html", &view, view.is_invalid)
    }
}
