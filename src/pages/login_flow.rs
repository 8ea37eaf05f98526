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
    client::{
        Acr, AuthorizationRequest, Client, LoginHints, MaxAuthAge, TokenTransport, ValidatedRequest,
    },
    config::{Issuer, Policies},
    dpop::Possession,
    http::{
        cookie::{CookieChange, SetLoginCookie, SetSsoCookie},
        extract::{Caller, Language, request_origin::RequestOrigin},
        problem::Problem,
    },
    identity::Verified,
    internal::InternalError,
    mail::Mailer,
    oauth::{
        AuthorizationEndpoint, BegunSession, BrowserLogout, ClientResponse, Codes,
        RefusedRequestLog, SingleSignOn,
    },
    pages::{
        cancellation::Cancellation,
        error_page::PageError,
        view::{ConfirmLoginPage, DisplayText, Link, LinkRequiredPage, Page, ProviderEmailPage},
    },
    provider::{
        AuthorizationRedirect, LoginOutcome, LoginPurpose, PasskeyProvider, Upstream,
        UpstreamError, UpstreamRefused, Upstreams,
    },
    second_factor::SecondFactors,
    session::{Sessions, SignIn},
    templates::PageTemplates,
    token::SsoSession,
};

/// The description of a login of another user than that of the ID token hint.
const OTHER_USER: &str = "another user than that of the id_token_hint has logged in";

/// The description of a login that is weaker than the client or `acr_values` requires.
const TOO_WEAK: &str = "the user cannot log in as strongly as acr_values or min_acr requires";

/// The services of a login at the authorization endpoint.
#[derive(Clone)]
pub(crate) struct LoginFlow {
    pub(crate) upstreams: Upstreams,
    pub(crate) sessions: Sessions,
    pub(crate) single_sign_on: SingleSignOn,
    pub(super) browser_logout: BrowserLogout,
    pub(super) mailer: Mailer,
    pub(super) second_factors: SecondFactors,
    pub(super) passkeys: PasskeyProvider,
    codes: Codes,
    pub(super) policies: Policies,
    pub(super) templates: PageTemplates,
    pub(super) serves_account: bool,
    pub(super) refused_requests: RefusedRequestLog,
}

impl FromRef<App> for LoginFlow {
    fn from_ref(app: &App) -> Self {
        Self {
            upstreams: app.upstreams.clone(),
            templates: app.page_templates.clone(),
            serves_account: app.config.serves_account(),
            sessions: app.sessions.clone(),
            single_sign_on: app.single_sign_on.clone(),
            browser_logout: app.browser_logout.clone(),
            mailer: app.profiles.mailer.clone(),
            second_factors: app.second_factors.clone(),
            passkeys: app.passkeys.clone(),
            codes: app.codes.clone(),
            policies: app.config.policies.clone(),
            refused_requests: app.refused_requests.clone(),
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

    /// Returns the time until clients notice that every login of a user has ended, in words.
    pub(crate) fn time_to_notice(&self, language: &Language) -> String {
        let clients = self.sessions.clients().iter();
        let longest = clients.map(|client| client.access_lifetime).max();
        language.localizer.duration(longest.unwrap_or_default())
    }

    /// Returns whether a mail server is configured.
    pub(crate) fn can_mail(&self) -> bool {
        self.mailer.check().is_ok()
    }

    pub(crate) fn validate_request(
        &self,
        needs_response_type: bool,
        now: DateTime<Utc>,
    ) -> AuthorizationEndpoint<'_> {
        AuthorizationEndpoint {
            clients: self.sessions.clients(),
            issuer: self.issuer(),
            needs_response_type,
            now,
        }
    }

    /// Sends the user to the provider: by a redirect, or by a page to confirm if another site may have started
    /// the login without the user.
    pub(crate) async fn redirect_to_provider(
        &self,
        provider: &Upstream,
        ValidatedRequest { request, hints }: ValidatedRequest,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let started = self.start_at_provider(provider, request.clone().into(), &hints, caller);
        let (bind, url) = match started.await {
            Ok(started) => started,
            Err(error) => return Err(self.provider_error(provider, error, &request)),
        };
        let needs_confirmation = self.needs_confirmation(&request, &caller.origin);
        let onward = Link::to(&url).filter(|_| needs_confirmation);
        let Some(onward) = onward else {
            return Ok((bind, Redirect::to(url.as_str())).into_response());
        };
        let page = ConfirmLoginPage {
            client: self.client_view(&request),
            provider: DisplayText::of(provider.name()),
            onward,
            cancel: self.error_link(&request, Cancellation::ByUser),
        };
        Ok((bind, self.render(&caller.language, page)).into_response())
    }

    /// Starts a login at the provider. Returns the cookie that binds it to this browser, and the URL of the provider.
    ///
    /// # Errors
    /// The provider is unavailable, or the service fails.
    pub(super) async fn start_at_provider(
        &self,
        provider: &Upstream,
        purpose: LoginPurpose,
        hints: &LoginHints,
        caller: &Caller,
    ) -> Result<(SetLoginCookie, Url), UpstreamError> {
        let login_cookie = caller.login_cookie.get();
        let started =
            self.upstreams
                .start_login(provider, purpose, login_cookie, hints, caller.now);
        let AuthorizationRedirect { url, login_cookie } = started.await?;
        let lifetime = self.upstreams.binding_lifetime();
        let bind = SetLoginCookie::set(&login_cookie, lifetime, self.issuer());
        Ok((bind, url))
    }

    /// Returns whether the user has to confirm the login before the redirect to a provider. A login that a page of this
    /// service starts needs no confirmation: that page names the client.
    fn needs_confirmation(&self, request: &AuthorizationRequest, origin: &RequestOrigin) -> bool {
        self.may_be_foreign(request, origin) && !origin.is_own()
    }

    /// Returns whether the app that receives the response may be another one than the user expects. A native app
    /// cannot be distinguished from another app that takes its place (RFC 8252 §8.6), also if a page of this service
    /// sends the request: the app may have opened that page. A client with cookies cannot detect that another site
    /// has started the login. Not on loopback.
    pub(crate) fn may_be_foreign(
        &self,
        request: &AuthorizationRequest,
        origin: &RequestOrigin,
    ) -> bool {
        let client = self.sessions.clients().get(&request.client_id);
        let may_be_foreign = client.is_some_and(|client| match client.transport {
            TokenTransport::Bearer => client.is_native_at(&request.redirect_uri),
            TokenTransport::Cookie => origin.is_foreign(),
        });
        may_be_foreign && !self.issuer().is_loopback()
    }

    /// Answers a login that came back from the provider with that outcome.
    pub(crate) async fn finish_login(
        &self,
        provider: &Upstream,
        request: &AuthorizationRequest,
        outcome: Result<LoginOutcome, UpstreamError>,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let Caller { now, language, .. } = caller;
        match outcome {
            Ok(LoginOutcome::Person(first)) => self.log_in(request, first, caller).await,
            Ok(LoginOutcome::Account(account)) => {
                let code = self.codes.of_account(request, account, *now);
                self.issue_code(request, code, language)
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
                let page = LinkRequiredPage {
                    provider: DisplayText::of(provider.name()),
                    back: self.error_link(request, Cancellation::EmailTaken),
                };
                Ok(self.render(language, page))
            }
            Ok(LoginOutcome::Declined(error)) => {
                let description = "the provider refused the login";
                Ok(self.send_with_reason(error, request, (error, description), language))
            }
            Err(UpstreamError::Refused(refused @ UpstreamRefused::OtherUser)) => {
                let error = ("login_required", OTHER_USER);
                Ok(self.send_with_reason(refused.as_str(), request, error, language))
            }
            Err(UpstreamError::Refused(refused)) => {
                let description = "the ID token or the provider's response could not be verified";
                let error = ("access_denied", description);
                Ok(self.send_with_reason(refused.as_str(), request, error, language))
            }
            Err(UpstreamError::Limited(limit)) => Err(Problem::from(limit).into()),
            Err(error) => Err(self.provider_error(provider, error, request)),
        }
    }

    /// Logs in a user who has proven every factor, and begins a session at the issuer.
    pub(super) async fn log_in_verified(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        // A refused login leaves the session of the browser as it is.
        if let Some(refusal) = self.refuse(request, verified, caller)? {
            return Ok(refusal);
        }
        let begun = self.begin_session(verified, caller).await;
        let BegunSession { session, replaced } = begun.map_err(Problem::from)?;
        let response = self.complete(request, verified, session.as_ref(), caller)?;
        Ok((self.end_replaced(replaced), response).into_response())
    }

    /// Returns the response to a login that does not satisfy the request: it is not of the user of the ID token hint,
    /// or not recent enough (OpenID Connect Core §3.1.2.1), or not strong enough (RFC 9470 §5).
    ///
    /// # Errors
    /// The client is not configured any more.
    fn refuse(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        Caller { now, language, .. }: &Caller,
    ) -> Result<Option<Response>, Problem> {
        let is_recent = |max_age: MaxAuthAge| max_age.is_met_by(verified.at(), *now);
        let least = self.least_acr(request)?;
        let (reason, error) = if !request.may_log_in(&verified.user().id.to_string()) {
            ("other user", ("login_required", OTHER_USER))
        } else if !request.max_age.is_none_or(is_recent) {
            let description = "the login is older than max_age";
            ("max_age", ("login_required", description))
        } else if Acr::of(&verified.amr()) < least {
            ("acr", ("unmet_authentication_requirements", TOO_WEAK))
        } else {
            return Ok(None);
        };
        Ok(Some(
            self.send_with_reason(reason, request, error, language),
        ))
    }

    /// Logs in a user by the session at the issuer, if the login satisfies the request.
    pub(crate) fn finish(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        session: &SsoSession,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        match self.refuse(request, verified, caller)? {
            Some(refusal) => Ok(refusal),
            None => self.complete(request, verified, Some(session), caller),
        }
    }

    /// Logs a user in at the client: by cookies, or by an authorization code. The login belongs to the session
    /// at the issuer, whose cookie is set.
    fn complete(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        session: Option<&SsoSession>,
        Caller { now, language, .. }: &Caller,
    ) -> Result<Response, PageError> {
        let now = *now;
        let client = self.client(request)?;
        let sso_cookie = session.map(|session| self.sso_cookie(session, Some(client), now));
        let sso_cookie = sso_cookie.transpose().map_err(Problem::from)?;
        if client.transport == TokenTransport::Bearer {
            let code = self.codes.of_login(request, verified, session, now);
            let response = self.issue_code(request, code, language)?;
            return Ok((sso_cookie, response).into_response());
        }
        let parameters = SignIn {
            scope: request.scope.as_ref(),
            nonce: request.nonce.clone(),
            sid: session.map(|session| session.sid.clone()),
            began: session.map(|session| session.began),
            resource: request.resource.clone(),
            requested: None,
            // Browsers attach no proof to cookies.
            possession: Possession::default(),
        };
        let session = self
            .sessions
            .sign_in_with(verified, client, parameters, now);
        let session = session.map_err(Problem::from)?;
        let change = Extension(CookieChange::Keep(Box::new(session)));
        let response = self.send(&ClientResponse::to(request, self.issuer(), &[]), language);
        Ok((sso_cookie, change, response).into_response())
    }

    /// Returns the cookie of a session. `client` is the one that has logged in by it, if any.
    pub(super) fn sso_cookie(
        &self,
        session: &SsoSession,
        client: Option<&Client>,
        now: DateTime<Utc>,
    ) -> Result<SetSsoCookie, InternalError> {
        let sso = &self.single_sign_on;
        let sealed = sso.seal(session, client.map(|it| it.client_id.as_str()), now)?;
        let lifetime = sso.cookie_lifetime(session, now);
        Ok(SetSsoCookie::set(&sealed, lifetime, self.issuer()))
    }

    /// Returns the error page of a login at a provider, with a link back to the client.
    fn provider_error(
        &self,
        provider: &Upstream,
        error: UpstreamError,
        request: &AuthorizationRequest,
    ) -> PageError {
        let back = self.error_link(request, Cancellation::Unavailable);
        PageError::at(provider.name(), error, back)
    }

    /// Returns a link to a page of the login at that provider.
    pub(crate) fn client_link(&self, provider: &Upstream, name: &str, language: &Language) -> Link {
        let route = format!("/login/{}/{name}", provider.id());
        Link::own(self.issuer(), &route, language.kept())
    }
}
