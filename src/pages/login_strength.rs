//! The strength of a login at a client: the second step of a user who has another factor, and the enrolment of one who has
//! none.

use axum::response::{IntoResponse, Redirect, Response};

use crate::{
    audit::{AuditAction, audit},
    client::{Acr, AuthorizationRequest},
    http::{extract::Caller, problem::Problem},
    identity::{FirstFactor, LoginStep, Verified},
    oauth::BegunSession,
    pages::{
        account_paths::enrolment_for, error_page::PageError, login_flow::LoginFlow,
        step_goal::StepGoal, view::Link,
    },
};

impl LoginFlow {
    /// Logs in a user who has proven the first factor on a hosted page, or asks for the second one.
    pub(crate) async fn log_in(
        &self,
        request: &AuthorizationRequest,
        first: FirstFactor,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let has_factor = first.factors().has_any();
        match self.next_step(request, first)? {
            LoginStep::Done(verified) => {
                if !has_factor
                    && let Some(page) = self.enrolment(request, &verified)?
                    && let Some(response) = self.enrol(request, &verified, page, caller).await?
                {
                    return Ok(response);
                }
                self.log_in_verified(request, &verified, caller).await
            }
            LoginStep::SecondFactor(first) => {
                self.ask_for_second_factor(&first, StepGoal::Client(request), caller)
            }
        }
    }

    /// Returns the step that follows the first factor of a login at a client.
    ///
    /// # Errors
    /// The client is not configured any more.
    pub(super) fn next_step(
        &self,
        request: &AuthorizationRequest,
        first: FirstFactor,
    ) -> Result<LoginStep, Problem> {
        let is_enough = Acr::of(&first.amr()) >= self.least_acr(request)?;
        Ok(first.next(is_enough))
    }

    /// Returns the strength that a request and its client require.
    pub(super) fn least_acr(&self, request: &AuthorizationRequest) -> Result<Acr, Problem> {
        let client = self.client(request)?;
        Ok(request.acr.unwrap_or_default().max(client.min_acr))
    }

    /// Returns the page that adds the factor that the client requires of a user who has none. `acr_values` of the request
    /// lead to none: a user whose login cannot meet them is refused.
    fn enrolment(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
    ) -> Result<Option<&'static str>, Problem> {
        let required = self.client(request)?.min_acr;
        let is_required = Acr::of(&verified.amr()) < required
            && request.acr.unwrap_or_default() <= required
            && request.may_log_in(&verified.user().id.to_string());
        let page = enrolment_for(required, self.are_passkeys_on);
        Ok(page.filter(|_| is_required && self.serves_account))
    }

    /// Begins a session at the issuer, and redirects to a page that adds a factor. That page leads on to the client. `None`
    /// without single sign-on.
    async fn enrol(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        page: &str,
        caller: &Caller,
    ) -> Result<Option<Response>, PageError> {
        let begun = self.begin_session(verified, caller).await;
        let BegunSession { session, replaced } = begun.map_err(Problem::from)?;
        let Some(session) = session else {
            return Ok(None);
        };
        let cookie = self.sso_cookie(&session, None, caller.now);
        let cookie = cookie.map_err(Problem::from)?;
        audit!(AuditAction::Login, Done, user.id = %verified.user().id, sid = %session.sid);
        let parameters = request.parameters();
        let parameters = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let query = caller.language.kept().into_iter().chain(parameters);
        let url = Link::own(self.issuer(), page, query).to_string();
        let replaced = self.end_replaced(replaced);
        Ok(Some((cookie, replaced, Redirect::to(&url)).into_response()))
    }
}
