//! Starts and finishes logins at the authorization endpoint, for every route that leads to it.

use axum::{
    Extension,
    extract::FromRef,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    app::App,
    audit::AuditAction,
    client::{AuthorizationRequest, Client, LoginHints, TokenTransport},
    config::Issuer,
    http::{
        cookie::{CookieChange, SetLoginCookie},
        extract::{Caller, Language, request_origin::RequestOrigin},
        problem::{Problem, from_domain},
    },
    identity::Verified,
    internal::InternalError,
    mail::Mailer,
    oauth::{AuthorizationEndpoint, AuthorizationError, ClientRedirect, Codes},
    pages::{
        error_page::PageError,
        view::{ConfirmLoginPage, DisplayText, Link, LinkRequiredPage, Page, ProviderEmailPage},
    },
    provider::{LoginOutcome, Upstream, UpstreamError, Upstreams},
    session::Sessions,
    templates::PageTemplates,
};

/// The services of a login at the authorization endpoint.
#[derive(Clone)]
pub(crate) struct LoginFlow {
    pub(crate) upstreams: Upstreams,
    pub(crate) sessions: Sessions,
    mailer: Mailer,
    codes: Codes,
    templates: PageTemplates,
}

impl FromRef<App> for LoginFlow {
    fn from_ref(app: &App) -> Self {
        Self {
            upstreams: app.upstreams.clone(),
            templates: app.page_templates.clone(),
            sessions: app.sessions.clone(),
            mailer: app.profiles.mailer.clone(),
            codes: app.codes.clone(),
        }
    }
}

impl LoginFlow {
    pub(crate) fn issuer(&self) -> &Issuer {
        self.sessions.issuer()
    }

    /// Renders a page in this language.
    pub(crate) fn render(&self, language: &Language, page: impl Into<Page>) -> Response {
        let page = page.into();
        page.render(&self.templates, &language.localizer, self.issuer())
    }

    /// Returns the client of a request.
    ///
    /// # Errors
    /// `unknown_client`: the client is not configured any more.
    pub(crate) fn client(&self, request: &AuthorizationRequest) -> Result<&Client, Problem> {
        Ok(self.sessions.clients().choose(Some(&request.client_id))?)
    }

    /// Returns whether a mail server is configured.
    pub(crate) fn can_mail(&self) -> bool {
        self.mailer.check().is_ok()
    }

    pub(crate) fn validate_request(&self, needs_response_type: bool) -> AuthorizationEndpoint<'_> {
        AuthorizationEndpoint {
            clients: self.sessions.clients(),
            issuer: self.issuer(),
            needs_response_type,
        }
    }

    /// Returns the redirect that sends an error to the client. The description is a text of this service.
    pub(crate) fn error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> ClientRedirect {
        ClientRedirect::error(request, self.issuer(), error, description)
    }

    /// Redirects to the client with an error.
    pub(crate) fn answer_error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Response {
        Redirect::to(self.error(request, error, description).as_str()).into_response()
    }

    /// Sends the user to the provider: by a redirect, or by a page to confirm if another site may have started
    /// the login without the user.
    pub(crate) async fn redirect_to_provider(
        &self,
        provider: &Upstream,
        (request, hints): (AuthorizationRequest, LoginHints),
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let started = self.upstreams.start_login(
            provider,
            request.clone(),
            caller.login_cookie.get(),
            &hints,
            caller.now,
        );
        let redirect = match started.await {
            Ok(redirect) => redirect,
            Err(error) => return Err(self.provider_error(provider, error, &request)),
        };
        let bind = SetLoginCookie::set(
            &redirect.login_cookie,
            self.upstreams.binding_lifetime(),
            self.issuer(),
        );
        let needs_confirmation = self.needs_confirmation(&request, &caller.origin);
        let onward = Link::to(&redirect.url).filter(|_| needs_confirmation);
        let Some(onward) = onward else {
            return Ok((bind, Redirect::to(redirect.url.as_str())).into_response());
        };
        let page = ConfirmLoginPage {
            client: DisplayText::of(&request.client_id),
            provider: DisplayText::of(provider.name()),
            onward,
            cancel: self.error_link(&request, "access_denied", "the user canceled the login"),
        };
        Ok((bind, self.render(&caller.language, page)).into_response())
    }

    /// Returns whether the user confirms the login before the redirect. A native app cannot be distinguished
    /// from another app that takes its place (RFC 8252 §8.6), and a client with cookies cannot detect that
    /// another site has started the login. Not needed on loopback.
    fn needs_confirmation(&self, request: &AuthorizationRequest, origin: &RequestOrigin) -> bool {
        let client = self.sessions.clients().get(&request.client_id);
        let may_be_foreign = client.is_some_and(|client| match client.transport {
            TokenTransport::Bearer => client.is_native_at(&request.redirect_uri),
            TokenTransport::Cookie => origin.is_foreign(),
        });
        may_be_foreign && !origin.is_own() && !self.issuer().is_loopback()
    }

    /// Answers a login that came back from the provider with that outcome.
    pub(crate) fn finish_login(
        &self,
        provider: &Upstream,
        request: &AuthorizationRequest,
        outcome: Result<LoginOutcome, UpstreamError>,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let Caller { now, language, .. } = caller;
        match outcome {
            Ok(LoginOutcome::Person(verified)) => self.log_in(request, &verified, *now),
            Ok(LoginOutcome::Account(account)) => {
                let code = self.codes.of_account(request, account, *now);
                self.issue_code(request, code)
            }
            Ok(LoginOutcome::AddressNeeded { token, claimed }) => {
                let page = ProviderEmailPage {
                    action: self.client_link(provider, "address", language),
                    token,
                    provider: DisplayText::of(provider.name()),
                    email: claimed.map(|email| DisplayText::of(email.as_str())),
                    problem: None,
                };
                Ok(self.render(language, page))
            }
            Ok(LoginOutcome::LogInAndLink) => {
                let description = "a user with this email already exists: log in with an existing method, \
                                   then link this account";
                let page = LinkRequiredPage {
                    provider: DisplayText::of(provider.name()),
                    back: self.error_link(request, "access_denied", description),
                };
                Ok(self.render(language, page))
            }
            Ok(LoginOutcome::Declined(error)) => {
                let description = "the provider refused the login";
                Ok(self.redirect_with_error(error, request, error, description))
            }
            Err(UpstreamError::Refused(refused)) => {
                let description = "the ID token or the provider's response could not be verified";
                Ok(self.redirect_with_error(
                    refused.as_str(),
                    request,
                    "access_denied",
                    description,
                ))
            }
            Err(UpstreamError::Limited(limit)) => Err(Problem::from(limit).into()),
            Err(error) => Err(self.provider_error(provider, error, request)),
        }
    }

    /// Redirects to the client with an error, and records why the login was refused.
    fn redirect_with_error(
        &self,
        reason: &'static str,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Response {
        let recorded = Extension(from_domain::record(AuditAction::Login, reason));
        (recorded, self.answer_error(request, error, description)).into_response()
    }

    /// Logs a verified user in: by cookies, or by an authorization code.
    pub(crate) fn log_in(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        now: DateTime<Utc>,
    ) -> Result<Response, PageError> {
        let client = self.client(request)?;
        if client.transport == TokenTransport::Bearer {
            let code = self.codes.of_login(request, verified, now);
            return self.issue_code(request, code);
        }
        let scope = request.scope.as_ref();
        let session = self.sessions.sign_in(verified, client, scope, now);
        let session = session.map_err(Problem::from)?;
        let change = Extension(CookieChange::Keep(Box::new(session)));
        Ok((change, self.redirect_to_client(request, &[])).into_response())
    }

    fn issue_code(
        &self,
        request: &AuthorizationRequest,
        code: Result<Option<String>, InternalError>,
    ) -> Result<Response, PageError> {
        Ok(match code.map_err(Problem::from)? {
            Some(code) => self.redirect_to_client(request, &[("code", &code)]),
            // The client used cookies when the login started.
            None => self.answer_error(
                request,
                "server_error",
                "the client was reconfigured during the login",
            ),
        })
    }

    /// Redirects to the client with these parameters and its state.
    fn redirect_to_client(
        &self,
        request: &AuthorizationRequest,
        parameters: &[(&str, &str)],
    ) -> Response {
        Redirect::to(ClientRedirect::to(request, self.issuer(), parameters).as_str())
            .into_response()
    }

    /// Returns the error page of a login at a provider, with a link back to the client.
    fn provider_error(
        &self,
        provider: &Upstream,
        error: UpstreamError,
        request: &AuthorizationRequest,
    ) -> PageError {
        let description = "the login is temporarily unavailable";
        let back = self.error_link(request, "temporarily_unavailable", description);
        PageError::at(provider.name(), error, back)
    }

    /// Returns a link back to the client, with an error.
    pub(crate) fn error_link(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Option<Link> {
        let url = Url::parse(self.error(request, error, description).as_str()).ok()?;
        Link::to(&url)
    }

    /// Returns a link to a page of the login at that provider.
    pub(crate) fn client_link(&self, provider: &Upstream, name: &str, language: &Language) -> Link {
        let route = format!("/login/{}/{name}", provider.id());
        Link::own(self.issuer(), &route, language.kept())
    }
}

/// Answers a request that the authorization endpoint refuses: by a redirect to the client if its
/// `redirect_uri` is known, and by an error page otherwise (RFC 6749 §4.1.2.1).
pub(crate) fn refused_request(error: AuthorizationError) -> Result<Response, PageError> {
    match error {
        AuthorizationError::Answer(answer) => Ok(Redirect::to(answer.as_str()).into_response()),
        AuthorizationError::Unanswerable(unanswerable) => Err(Problem::from(unanswerable).into()),
    }
}
