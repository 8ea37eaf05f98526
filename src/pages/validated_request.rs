//! The validated request of the authorization endpoint, with the user of its ID token hint.

use axum::response::Response;

use crate::{
    client::{AuthorizationRequest, LoginHints},
    http::extract::Query,
    pages::{PageContext, error_page::PageError},
};

/// A valid request and its hints.
pub(crate) type ValidatedRequest = (AuthorizationRequest, LoginHints);

impl PageContext {
    /// Validates the request of the authorization endpoint and keeps it for the links of the page. Returns a
    /// response if the client receives an error.
    ///
    /// # Errors
    /// The redirect URI is not known, or this node cannot verify tokens now.
    pub(crate) fn validate(
        &mut self,
        query: &Query,
        needs_response_type: bool,
    ) -> Result<Result<ValidatedRequest, Response>, PageError> {
        let language = &self.caller.language;
        let endpoint = self
            .flow
            .validate_request(needs_response_type, self.caller.now);
        let (mut request, hints) = match endpoint.validate(|name| query.get(name)) {
            Ok(validated) => validated,
            Err(error) => return self.flow.refused_request(error, language).map(Err),
        };
        let Ok(hinted) = self.hinted_user(&hints)? else {
            return Ok(Err(self.flow.invalid_hint(&request, language)));
        };
        if let Some(user) = hinted {
            request.hinted = Some(user.to_string());
        }
        self.request = Some(request.clone());
        Ok(Ok((request, hints)))
    }
}
