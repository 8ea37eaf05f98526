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
        cookie::{CookieChange, LoginCookie, SetLoginCookie},
        extract::{Language, request_origin::RequestOrigin},
        problem::{Problem, from_domain},
        provider_requests::ProviderRequests,
        rate_limited_mail::RateLimitedMail,
    },
    identity::Verified,
    oauth::{AuthorizationEndpoint, AuthorizationError, ClientRedirect, Codes},
    pages::{
        error_page::PageError,
        view::{ConfirmLoginPage, DisplayText, Link, LinkRequiredPage, Page, ProviderEmailPage},
    },
    provider::{LoginOutcome, Upstream, UpstreamError},
    session::Sessions,
    templates::PageTemplates,
    token::MintError,
};

/// What those routes work with.
#[derive(Clone)]
pub(crate) struct LoginFlow {
    pub(crate) providers: ProviderRequests,
    pub(crate) mail: RateLimitedMail,
    pub(crate) sessions: Sessions,
    codes: Codes,
    templates: PageTemplates,
}

impl FromRef<App> for LoginFlow {
    fn from_ref(app: &App) -> Self {
        Self {
            providers: ProviderRequests::from_ref(app),
            mail: RateLimitedMail::from_ref(app),
            codes: app.codes.clone(),
            templates: app.page_templates.clone(),
            sessions: app.sessions.clone(),
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

    /// Whose request it is.
    pub(crate) fn client(&self, request: &AuthorizationRequest) -> Result<&Client, Problem> {
        Ok(self.sessions.clients().choose(Some(&request.client_id))?)
    }

    /// Whether there is a way to send mail.
    pub(crate) fn can_mail(&self) -> bool {
        self.mail.can_mail()
    }

    pub(crate) fn validate_request(&self, needs_response_type: bool) -> AuthorizationEndpoint<'_> {
        AuthorizationEndpoint {
            clients: self.sessions.clients(),
            issuer: self.issuer(),
            needs_response_type,
        }
    }

    /// An error that tells the client why it gets nothing. The description is ours.
    pub(crate) fn error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> ClientRedirect {
        ClientRedirect::error(request, self.issuer(), error, description)
    }

    /// The person goes back with it.
    pub(crate) fn answer_error(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Response {
        Redirect::to(self.error(request, error, description).as_str()).into_response()
    }

    /// The person goes to the provider: at once, or by a link where somebody else may have brought
    /// them here unasked.
    pub(crate) async fn redirect_to_provider(
        &self,
        provider: &Upstream,
        (request, hints): (AuthorizationRequest, LoginHints),
        login_cookie: &LoginCookie,
        site: &RequestOrigin,
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<Response, PageError> {
        let asked = request.clone();
        let departure =
            self.providers
                .upstreams
                .start_login(provider, asked, login_cookie.get(), &hints, now);
        let departure = match departure.await {
            Ok(departure) => departure,
            Err(error) => return Err(self.trouble(provider, error, &request)),
        };
        let bind = SetLoginCookie::set(
            &departure.login_cookie,
            self.providers.upstreams.binding_lifetime(),
            self.issuer(),
        );
        let onward = Link::to(&departure.url).filter(|_| self.needs_confirmation(&request, site));
        let Some(onward) = onward else {
            return Ok((bind, Redirect::to(departure.url.as_str())).into_response());
        };
        let page = ConfirmLoginPage {
            client: DisplayText::of(&request.client_id),
            provider: DisplayText::of(provider.name()),
            onward,
            cancel: self.error_link(&request, "access_denied", "the user canceled the login"),
        };
        Ok((bind, self.render(&language, page)).into_response())
    }

    /// Whether the person is asked before they are sent on. An app on somebody's machine cannot be
    /// told from another that takes its place (RFC 8252 §8.6), and a client with cookies cannot tell
    /// that another site has begun the login. On loopback there is nobody else.
    fn needs_confirmation(&self, request: &AuthorizationRequest, site: &RequestOrigin) -> bool {
        let client = self.sessions.clients().get(&request.client_id);
        let is_asked = client.is_some_and(|client| match client.transport {
            TokenTransport::Bearer => client.is_native_at(&request.redirect_uri),
            TokenTransport::Cookie => site.is_foreign(),
        });
        is_asked && !site.is_own() && !self.issuer().is_loopback()
    }

    /// The person comes back, with whatever came of it.
    pub(crate) fn finish_login(
        &self,
        provider: &Upstream,
        request: &AuthorizationRequest,
        entered: Result<LoginOutcome, UpstreamError>,
        language: &Language,
        now: DateTime<Utc>,
    ) -> Result<Response, PageError> {
        match entered {
            Ok(LoginOutcome::Person(verified)) => self.log_in(request, &verified, now),
            Ok(LoginOutcome::Account(account)) => {
                let code = self.codes.of_account(request, account, now);
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
            Err(error) => Err(self.trouble(provider, error, request)),
        }
    }

    /// The person goes back without a login. Why is on record, and for whoever counts.
    fn redirect_with_error(
        &self,
        reason: &'static str,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Response {
        let counted = Extension(from_domain::record(AuditAction::Login, reason));
        (counted, self.answer_error(request, error, description)).into_response()
    }

    /// The person is logged in: by cookies here and now, or by a code.
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
        let session = from_domain::minted(session, AuditAction::Login)?;
        let change = Extension(CookieChange::Keep(Box::new(session)));
        Ok((change, self.redirect_to_client(request, &[])).into_response())
    }

    fn issue_code(
        &self,
        request: &AuthorizationRequest,
        code: Result<Option<String>, MintError>,
    ) -> Result<Response, PageError> {
        Ok(match code.map_err(|error| Problem::trouble(&error))? {
            Some(code) => self.redirect_to_client(request, &[("code", &code)]),
            // The client used cookies when it asked.
            None => self.answer_error(
                request,
                "server_error",
                "the client was reconfigured during the \
                                                                login",
            ),
        })
    }

    /// Back to the client with what it gets: nothing but its state where cookies hold the rest.
    fn redirect_to_client(
        &self,
        request: &AuthorizationRequest,
        says: &[(&str, &str)],
    ) -> Response {
        Redirect::to(ClientRedirect::to(request, self.issuer(), says).as_str()).into_response()
    }

    /// A page that says why it does not go on, and leads back to the client.
    fn trouble(
        &self,
        provider: &Upstream,
        error: UpstreamError,
        request: &AuthorizationRequest,
    ) -> PageError {
        let description = "the login is temporarily unavailable";
        let back = self.error_link(request, "temporarily_unavailable", description);
        PageError::at(provider.name(), error, back)
    }

    /// A link back to the client, with an error.
    pub(crate) fn error_link(
        &self,
        request: &AuthorizationRequest,
        error: &str,
        description: &str,
    ) -> Option<Link> {
        let url = Url::parse(self.error(request, error, description).as_str()).ok()?;
        Link::to(&url)
    }

    /// A page of a login at that provider.
    pub(crate) fn client_link(&self, provider: &Upstream, name: &str, language: &Language) -> Link {
        let route = format!("/login/{}/{name}", provider.id());
        Link::own(self.issuer(), &route, language.kept())
    }
}

/// Answers a request that the authorization endpoint refuses: by a redirect to the client if its
/// `redirect_uri` is known, and by an error page otherwise (RFC 6749 §4.1.2.1).
pub(crate) fn turned_away(wrong: AuthorizationError) -> Result<Response, PageError> {
    match wrong {
        AuthorizationError::Answer(answer) => Ok(Redirect::to(answer.as_str()).into_response()),
        AuthorizationError::Unanswerable(unanswerable) => Err(Problem::from(unanswerable).into()),
    }
}
