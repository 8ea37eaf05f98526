//! The passkey that a login page posts: at the authorization endpoint, and at `/login`.

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    audit::AuditAction,
    http::{
        extract::{Caller, Form},
        passkeys::credential::AuthenticationCredential,
        problem::{Code, Problem, from_domain},
    },
    json,
    pages::{
        PageContext,
        error_page::PageError,
        login_form::LoginFormOutcome,
        login_page::LoginFormInput,
        view::{Link, LoginProblem, PasskeyButton},
    },
    passkey::encode,
    provider::{Error, PasskeyLoginRejection, PasskeyPlace, PresentedPasskey},
};

/// The route of challenges.
pub(super) const CHALLENGE: &str = "/passkeys/challenge";

impl PageContext {
    /// Returns the button of a login page, unless passkeys are off. `unknown` is the credential ID of a passkey that the
    /// service does not know.
    pub(super) fn passkey_button(&self, unknown: Option<&str>) -> Option<PasskeyButton> {
        let request = self.request.as_ref();
        let request = request.map_or_else(
            || json!({}),
            |request| json!({ "client_id": request.client_id }),
        );
        Some(PasskeyButton {
            challenge: Link::own(self.flow.issuer(), CHALLENGE, []),
            request: request.to_string(),
            rp_id: self.flow.passkeys.config.rp_id()?.to_owned(),
            offers: true,
            unknown: unknown.map(str::to_owned),
        })
    }
}

/// Verifies the passkey of the form. `again` renders the form again.
///
/// # Errors
/// Passkeys are off, a limit is reached, or the service fails.
pub(super) async fn submit_passkey(
    context: &PageContext,
    form: &Form,
    again: impl Fn(LoginFormInput<'_>) -> Response,
) -> Result<LoginFormOutcome, PageError> {
    let (flow, caller) = (&context.flow, &context.caller);
    if flow.passkeys.config.rp_id().is_none() {
        return Err(Problem::new(Code::NotFound).into());
    }
    let refused = |reason: &'static str, unknown_passkey: Option<&str>| {
        let recorded = Extension(from_domain::record(AuditAction::Login, reason));
        let page = again(LoginFormInput {
            problem: Some(LoginProblem::Passkey),
            unknown_passkey,
            ..LoginFormInput::EMPTY
        });
        LoginFormOutcome::Answered((recorded, page).into_response())
    };
    let credential = form.get("credential").unwrap_or_default();
    let Some(credential) = json::object::<AuthenticationCredential>(credential.as_bytes()) else {
        return Ok(refused("unreadable credential", None));
    };
    let (place, client) = match &context.request {
        Some(request) => (PasskeyPlace::Client, flow.client(request)?),
        None => {
            let any = flow.sessions.clients().any();
            (PasskeyPlace::Issuer, any.map_err(Problem::from)?)
        }
    };
    let Caller { network, now, .. } = *caller;
    let decoded = credential.decoded();
    let response = decoded.response();
    let presented = PresentedPasskey {
        challenge: form.get("challenge").unwrap_or_default(),
        code_verifier: caller.login_cookie.get().unwrap_or_default(),
        response,
        place,
        network,
    };
    match flow.passkeys.verify(client, presented, now).await {
        Ok(verified) => Ok(LoginFormOutcome::LoggedIn(Box::new(verified))),
        Err(Error::Passkey(reason)) => {
            let is_unknown = reason == PasskeyLoginRejection::UnknownPasskey;
            let unknown = is_unknown.then(|| encode(response.id));
            Ok(refused(reason.as_str(), unknown.as_deref()))
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}
