//! The strength of a login at a client: the second step of a user who has another factor, and the enrolment of one who has
//! none.

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use crate::{
    client::{Acr, AuthorizationRequest, MaxAuthAge},
    http::{extract::Caller, problem::Problem},
    identity::{FirstFactor, LoginStep, Verified},
    pages::{
        account_paths::{NEW_PASSKEY, TOTP},
        error_page::PageError,
        login_flow::LoginFlow,
        step_goal::StepGoal,
        view::Link,
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
            LoginStep::Done(verified) if has_factor => {
                self.log_in_verified(request, &verified, caller).await
            }
            LoginStep::Done(verified) => self.log_in_or_enrol(request, &verified, caller).await,
            LoginStep::SecondFactor(first) => {
                self.ask_for_second_factor(&first, StepGoal::Client(request), caller)
            }
        }
    }

    /// Logs in a user without a second factor, or leads to the page that adds the one which the client requires.
    pub(super) async fn log_in_or_enrol(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        if let Some(page) = self.enrolment(request, verified, caller.now)?
            && let Some(response) = self.enrol(request, verified, page, caller).await?
        {
            return Ok(response);
        }
        self.log_in_verified(request, verified, caller).await
    }

    /// Logs in a user who has just added a passkey. A client that requires a stronger login gets one with it: the login
    /// page is shown again.
    pub(super) async fn log_in_with_new_passkey(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        if self.enrolment(request, verified, caller.now)?.is_none() {
            return self.log_in_verified(request, verified, caller).await;
        }
        let url = self.page_for(request, "/authorize", caller).to_string();
        Ok(Redirect::to(&url).into_response())
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
        now: DateTime<Utc>,
    ) -> Result<Option<&'static str>, Problem> {
        let is_recent = |max_age: MaxAuthAge| max_age.is_met_by(verified.at(), now);
        let required = self.client(request)?.min_acr;
        let is_required = Acr::of(&verified.amr()) < required
            && request.acr.unwrap_or_default() <= required
            && request.max_age.is_none_or(is_recent)
            && request.may_log_in(&verified.user().id.to_string());
        Ok(self.enrolment_page(required).filter(|_| is_required))
    }

    /// Returns the page that adds a factor with which a login is that strong, where it is served.
    pub(super) fn enrolment_page(&self, acr: Acr) -> Option<&'static str> {
        let page = match acr {
            Acr::PhishingResistant => self.passkeys.config.rp_id().map(|_| NEW_PASSKEY),
            Acr::OneFactor | Acr::MultiFactor => Some(TOTP),
        };
        page.filter(|_| self.serves_account)
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
        let logged_in_here = self.log_in_here(verified, caller).await;
        let session = logged_in_here.map_err(Problem::from)?;
        let url = self.page_for(request, page, caller).to_string();
        Ok(session.map(|session| (session, Redirect::to(&url)).into_response()))
    }

    /// Returns the link to a page that keeps the request.
    pub(super) fn page_for(
        &self,
        request: &AuthorizationRequest,
        page: &str,
        caller: &Caller,
    ) -> Link {
        let parameters = request.parameters();
        let parameters = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let query = caller.language.kept().into_iter().chain(parameters);
        Link::own(self.issuer(), page, query)
    }
}
