//! The responses of the authorization endpoint to clients: codes and errors (RFC 6749 §4.1.2).

use axum::{
    Extension,
    response::{IntoResponse, Redirect, Response},
};
use url::Url;

use crate::{
    audit::AuditAction,
    client::{AuthorizationRequest, ValidatedRequest},
    http::{
        extract::{Caller, Language},
        problem::{Problem, from_domain},
    },
    internal::InternalError,
    oauth::{AuthorizationError, ClientResponse, UnredirectableError},
    pages::{
        cancellation::Cancellation,
        error_page::PageError,
        login_flow::LoginFlow,
        view::{FormPostRelay, Link, RelayPurpose},
    },
};

impl LoginFlow {
    /// Sends an error to the client. The description is a text of this service.
    pub(crate) fn answer_error(
        &self,
        request: &AuthorizationRequest,
        (error, description): (&str, &str),
        language: &Language,
    ) -> Response {
        let response = ClientResponse::error(request, self.issuer(), error, description);
        self.send(&response, language)
    }

    /// Sends a response to the client: by a redirect, or by a page that posts it.
    pub(crate) fn send(&self, response: &ClientResponse, language: &Language) -> Response {
        let Some(form) = response.form() else {
            return Redirect::to(response.redirect_url()).into_response();
        };
        let action = Url::parse(&form.redirect_uri).ok();
        let Some(action) = action.and_then(|action| Link::to(&action)) else {
            let problem = Problem::from(UnredirectableError::RedirectUri);
            return PageError::from(problem).into_response();
        };
        let page = FormPostRelay {
            action,
            fields: form.fields.clone(),
            purpose: RelayPurpose::Login,
        };
        self.render(language, page)
    }

    /// Answers a request that the authorization endpoint refuses: at the client if its `redirect_uri` is known,
    /// and by an error page otherwise (RFC 6749 §4.1.2.1). Logs the reason. `client_id` is that of the request.
    pub(crate) fn refused_request(
        &self,
        error: AuthorizationError,
        client_id: Option<&str>,
        Caller { language, now, .. }: &Caller,
    ) -> Result<Response, PageError> {
        let client_id = client_id.filter(|id| self.sessions.clients().get(id).is_some());
        self.refused_requests.record(client_id, &error, *now);
        match error {
            AuthorizationError::Redirectable { response, .. } => Ok(self.send(&response, language)),
            AuthorizationError::Unredirectable(unredirectable) => {
                Err(Problem::from(unredirectable).into())
            }
        }
    }

    /// Sends the error of an invalid request to the client, and logs the reason.
    pub(crate) fn invalid_request(
        &self,
        request: &AuthorizationRequest,
        reason: &str,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let error = AuthorizationError::Redirectable {
            response: ClientResponse::error(request, self.issuer(), "invalid_request", reason),
            reason: reason.to_owned(),
        };
        self.refused_request(error, Some(&request.client_id), caller)
    }

    /// Answers a request with `prompt=none` at the client if this service is unavailable: no page may be shown.
    pub(crate) fn or_unavailable(
        &self,
        answered: Result<Response, PageError>,
        ValidatedRequest { request, hints }: &ValidatedRequest,
        language: &Language,
    ) -> Result<Response, PageError> {
        match answered {
            Err(error) if hints.prompts.is_silent() && error.is_of_service() => {
                let cause = error.cause().cloned().map(Extension);
                let error = Cancellation::Unavailable.error();
                Ok((cause, self.answer_error(request, error, language)).into_response())
            }
            answered => answered,
        }
    }

    /// Sends an error to the client, and records why the login was refused.
    pub(crate) fn send_with_reason(
        &self,
        reason: &'static str,
        request: &AuthorizationRequest,
        error: (&str, &str),
        language: &Language,
    ) -> Response {
        let recorded = Extension(from_domain::record(AuditAction::Login, reason));
        (recorded, self.answer_error(request, error, language)).into_response()
    }

    pub(crate) fn issue_code(
        &self,
        request: &AuthorizationRequest,
        code: Result<Option<String>, InternalError>,
        language: &Language,
    ) -> Result<Response, PageError> {
        let Some(code) = code.map_err(Problem::from)? else {
            // The client used cookies when the login started.
            let description = "the client was reconfigured during the login";
            return Ok(self.answer_error(request, ("server_error", description), language));
        };
        let response = ClientResponse::to(request, self.issuer(), &[("code", &code)]);
        Ok(self.send(&response, language))
    }

    /// Returns a link back to the client, with the error of that reason.
    pub(crate) fn error_link(
        &self,
        request: &AuthorizationRequest,
        reason: Cancellation,
    ) -> Option<Link> {
        reason.link(request, self.issuer())
    }
}
