//! The button with which a page asks for a passkey, and the page that offers to create one.

use serde::Serialize;

use super::{
    Link,
    form_errors::{self, FieldError},
    page::{FormTarget, Page},
};

/// The parameters of the script that asks for a passkey. Its form posts `by=passkey`, `challenge` and `credential`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PasskeyButton {
    /// The route that returns a challenge and its options.
    challenge: Link,
    /// The body of the request for a challenge, in JSON.
    request: String,
    /// The RP ID.
    rp_id: String,
    /// The key of the text of the button.
    text: &'static str,
    /// Set if the email field offers passkeys as well (conditional mediation).
    offers: bool,
    /// The credential ID of a passkey that the service does not know.
    unknown: Option<String>,
    /// Set if the page has no other way on.
    is_primary: bool,
    /// Set if a passkey was refused. The text is the same for every reason.
    is_refused: bool,
}

impl PasskeyButton {
    /// The button of the login page, whose email field offers passkeys as well.
    pub(crate) fn of_login(challenge: Link, request: String, rp_id: String) -> Self {
        Self {
            challenge,
            request,
            rp_id,
            text: "page-passkey-login",
            offers: true,
            unknown: None,
            is_primary: false,
            is_refused: false,
        }
    }

    /// The button of the second step of a login.
    pub(crate) fn of_second_step(challenge: Link, request: String, rp_id: String) -> Self {
        Self {
            text: "page-factor-use-passkey",
            offers: false,
            ..Self::of_login(challenge, request, rp_id)
        }
    }

    /// The button of a page without another way on.
    pub(crate) fn primary(self) -> Self {
        Self {
            is_primary: true,
            ..self
        }
    }

    /// The button after the refusal of a passkey, which may be unknown to the service.
    pub(crate) fn refused(self, unknown: Option<String>) -> Self {
        Self {
            unknown,
            is_refused: true,
            ..self
        }
    }
}

/// The script of a page that asks for a passkey.
pub(super) const LOGIN_SCRIPT: &str =
    concat!(include_str!("passkey.js"), include_str!("passkey_login.js"));

/// The script of a page that creates a passkey.
pub(super) const REGISTRATION_SCRIPT: &str =
    concat!(include_str!("passkey.js"), include_str!("passkey_offer.js"));

/// Offers to create a passkey before a login goes on. Posts `continuation` and `by=skip`, or `by=passkey` with `challenge`
/// and `credential`.
#[derive(Serialize)]
pub(crate) struct PasskeyOfferPage {
    pub(crate) action: Link,
    /// The sealed login.
    pub(crate) continuation: String,
    /// The sealed challenge.
    pub(crate) challenge: String,
    /// `PublicKeyCredentialCreationOptionsJSON`.
    pub(crate) options: String,
    #[serde(serialize_with = "form_errors::serialize")]
    pub(crate) problem: Option<PasskeyOfferProblem>,
}

/// The reason why the offer is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasskeyOfferProblem {
    /// The user has the passkey.
    Exists,
    /// The passkey is refused.
    NotCreated,
}

impl From<PasskeyOfferProblem> for FieldError {
    fn from(problem: PasskeyOfferProblem) -> Self {
        let text = match problem {
            PasskeyOfferProblem::Exists => "page-passkey-exists",
            PasskeyOfferProblem::NotCreated => "page-passkey-not-created",
        };
        Self::new("passkey", text)
    }
}

impl From<PasskeyOfferPage> for Page {
    fn from(view: PasskeyOfferPage) -> Self {
        Self::new("passkey-offer.html", &view)
            .invalid_if(view.problem.is_some())
            .script(REGISTRATION_SCRIPT)
            .form(FormTarget::Client)
    }
}
