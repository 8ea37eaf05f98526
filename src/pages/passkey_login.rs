//! The passkey that a login page posts: at the authorization endpoint, and at `/login`.

use std::ops::ControlFlow;

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
    identity::Verified,
    json,
    pages::{
        PageContext,
        error_page::PageError,
        login_page::LoginFormInput,
        view::{Link, LoginProblem, PasskeyButton},
    },
    passkey::{AssertionResponse, encode},
    provider::{Error, PasskeyLoginRejection, PasskeyPlace, PresentedPasskey},
};

/// The route of challenges.
pub(super) const CHALLENGE: &str = "/passkeys/challenge";

impl PageContext {
    /// Returns the button of a login page, unless passkeys are off.
    pub(super) fn passkey_button(&self, entered: LoginFormInput<'_>) -> Option<PasskeyButton> {
        let request = self.request.as_ref();
        let request = request.map_or_else(
            || json!({}),
            |request| json!({ "client_id": request.client_id }),
        );
        let rp_id = self.flow.passkeys.config.rp_id()?.to_owned();
        let challenge = Link::own(self.flow.issuer(), CHALLENGE, []);
        let button = PasskeyButton::of_login(challenge, request.to_string(), rp_id);
        Some(match entered.problem {
            Some(LoginProblem::Passkey) => {
                button.refused(entered.unknown_passkey.map(str::to_owned))
            }
            _ => button,
        })
    }
}

/// Verifies the passkey of the form. A refusal is answered by the form again, which `again` renders.
///
/// # Errors
/// Passkeys are off, a limit is reached, or the service fails.
pub(super) async fn submit_passkey(
    context: &PageContext,
    form: &Form,
    again: impl Fn(LoginFormInput<'_>) -> Response,
) -> Result<ControlFlow<Response, Verified>, PageError> {
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
        ControlFlow::Break((recorded, page).into_response())
    };
    let credential = form.get("credential").unwrap_or_default();
    let Some(credential) = json::object::<AuthenticationCredential>(credential.as_bytes()) else {
        return Ok(refused("unreadable credential", None));
    };
    let clients = flow.sessions.clients();
    let (place, client) = if let Some(request) = &context.request {
        (PasskeyPlace::Client, flow.client(request)?)
    } else {
        (PasskeyPlace::Issuer, clients.any().map_err(Problem::from)?)
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
        Ok(verified) => Ok(ControlFlow::Continue(verified)),
        Err(Error::Passkey(reason)) => {
            let unknown = unknown_passkey(reason, response);
            Ok(refused(reason.as_str(), unknown.as_deref()))
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}

/// Returns the credential ID of a passkey that was refused because no user has it. The device may forget the passkey.
pub(super) fn unknown_passkey(
    reason: PasskeyLoginRejection,
    response: AssertionResponse<'_>,
) -> Option<String> {
    (reason == PasskeyLoginRejection::UnknownPasskey).then(|| encode(response.id))
}
