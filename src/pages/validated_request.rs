//! Validates requests of the authorization endpoint, with their ID token hints.

use axum::response::Response;

use crate::{
    client::ValidatedRequest,
    http::{extract::Query, problem::Problem},
    oauth::IdTokenHint,
    pages::{PageContext, error_page::PageError},
};

/// The result of validating a request.
pub(crate) enum RequestValidation {
    /// The request is valid.
    Valid(Box<ValidatedRequest>),
    /// The client receives this error.
    Refused(Response),
}

impl PageContext {
    /// Validates the request of the authorization endpoint and keeps it for the links of the page.
    ///
    /// # Errors
    /// The redirect URI is not known, or this node cannot verify tokens now.
    pub(crate) async fn validate(
        &mut self,
        query: &Query,
        needs_response_type: bool,
    ) -> Result<RequestValidation, PageError> {
        let flow = &self.flow;
        let (now, language) = (self.caller.now, &self.caller.language);
        let endpoint = flow.validate_request(needs_response_type, now);
        let mut validated = match endpoint.validate(|name| query.get(name)) {
            Ok(validated) => validated,
            Err(error) => {
                let answered = flow.refused_request(error, query.get("client_id"), &self.caller);
                return answered.map(RequestValidation::Refused);
            }
        };
        let is_silent = validated.hints.prompts.is_silent();
        match flow.single_sign_on.open_hint(&validated, now).await {
            Ok(IdTokenHint::Invalid) => {
                let reason = "id_token_hint does not verify";
                let answered = flow.invalid_request(&validated.request, reason, &self.caller);
                return answered.map(RequestValidation::Refused);
            }
            Ok(IdTokenHint::Outdated) if is_silent => {
                let description = "the key of the id_token_hint is not published any more";
                let error = ("login_required", description);
                let answered = flow.answer_error(&validated.request, error, language);
                return Ok(RequestValidation::Refused(answered));
            }
            Ok(hint) => apply(&mut validated, hint),
            Err(fault) => {
                let fault = PageError::from(Problem::from(fault));
                let answered = flow.or_unavailable(Err(fault), &validated, language);
                return answered.map(RequestValidation::Refused);
            }
        }
        self.request = Some(validated.request.clone());
        Ok(RequestValidation::Valid(Box::new(validated)))
    }
}

/// Keeps the user of a hint in the request. Without that user, a session at the issuer does not suffice.
pub(super) fn apply(ValidatedRequest { request, .. }: &mut ValidatedRequest, hint: IdTokenHint) {
    match hint {
        IdTokenHint::Absent => {}
        IdTokenHint::User { user, sealed } => {
            request.hinted = Some(user.to_string());
            request.sealed_hint = Some(sealed);
        }
        IdTokenHint::Outdated | IdTokenHint::Invalid => request.needs_login = true,
    }
}
