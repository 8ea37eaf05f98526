//! Hosted pages and the browser side of a login: the authorization endpoint, the provider callback, the
//! login page, and the pages that mailed links open. Handlers are here, views in `view`.

pub(crate) mod account;
pub(crate) mod account_paths;
pub(crate) mod admin;
pub(crate) mod authorize;
pub(crate) mod branding;
pub(crate) mod cancellation;
pub(crate) mod client_response;
pub(crate) mod confirm_email;
pub(crate) mod end_session;
pub(crate) mod error_page;
pub(crate) mod home;
pub(crate) mod issuer_session;
pub(crate) mod login;
pub(crate) mod login_at_issuer;
pub(crate) mod login_flow;
pub(crate) mod login_form;
pub(crate) mod login_link;
pub(crate) mod login_page;
pub(crate) mod login_return;
mod login_strength;
mod passkey_login;
pub(crate) mod passkey_offer;
pub(crate) mod posted_request;
pub(crate) mod provider_callback;
pub(crate) mod provider_email;
pub(crate) mod reset_password;
pub(crate) mod return_path;
pub(crate) mod second_factor;
pub(crate) mod sign_up;
pub(crate) mod single_sign_on;
pub(crate) mod step_goal;
pub(crate) mod validated_request;
pub(crate) mod view;

pub use self::view::{preview, read_templates};

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequest, FromRequestParts, Request},
    http::request::Parts,
    response::Response,
};

use self::{
    error_page::PageError,
    login_flow::LoginFlow,
    return_path::ReturnPath,
    validated_request::apply,
    view::{
        ActionCompletedPage, ChoosePasswordPage, CompletedAction, DisplayText, Link, LoginCodeForm,
        LoginCodeProblem, MailSentPage, Page, PasswordProblem, PasswordPurpose,
    },
};
use crate::{
    admission::RequestedMail,
    app::App,
    client::{AuthorizationRequest, Client, CodeChallenge},
    http::{
        cookie::SetLoginCookie,
        extract::{Caller, Form, Query, request_origin::RequestOrigin},
        problem::{Problem, from_domain},
    },
    identity::EmailAddress,
    internal::InternalError,
    mail::MailContext,
    oauth::{IdTokenHint, ResumedSession},
    password::PresentedPassword,
    token::SsoSession,
};

/// The path of login links, and of the form for their codes.
const LOGIN_LINK_PATH: &str = "/login/link/confirm";

/// The context of a page: the caller, and the authorization request that led to the page. The request is kept
/// in the query of every link between pages.
pub(crate) struct PageContext {
    pub(crate) flow: LoginFlow,
    pub(crate) request: Option<AuthorizationRequest>,
    client_id: Option<String>,
    /// The page of the issuer to which a login at the issuer returns.
    pub(crate) return_to: Option<ReturnPath>,
    /// The email that the client suggests.
    login_hint: Option<String>,
    pub(crate) caller: Caller,
    min_length: usize,
    /// Set if a code is mailed beside each login link.
    mails_codes: bool,
}

impl FromRequestParts<App> for PageContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let flow = LoginFlow::from_ref(app);
        let query = Query::from_request_parts(parts, app).await.ok();
        let get = |name: &str| query.as_ref().and_then(|query| query.get(name));
        // Without a valid request the page works, but does not lead back to a client.
        let caller = Caller::from_request_parts(parts, app).await?;
        let mut validated = flow.validate_request(false, caller.now).validate(get).ok();
        if let Some(request) = &mut validated {
            let hint = flow.single_sign_on.open_hint(request, caller.now).await;
            match hint {
                Ok(IdTokenHint::Invalid) | Err(_) => validated = None,
                Ok(hint) => apply(request, hint),
            }
        }
        let login_hint = validated
            .as_ref()
            .and_then(|it| it.hints.login_hint.clone());
        Ok(Self {
            request: validated.map(|validated| validated.request),
            login_hint,
            client_id: get("client_id").map(str::to_owned),
            return_to: query.as_ref().and_then(ReturnPath::read),
            ..Self::at_issuer(app, caller)
        })
    }
}

impl PageContext {
    /// The context of a page of the issuer, which is for no client.
    fn at_issuer(app: &App, caller: Caller) -> Self {
        Self {
            flow: LoginFlow::from_ref(app),
            request: None,
            client_id: None,
            return_to: None,
            login_hint: None,
            caller,
            min_length: app.config.password.min_length,
            mails_codes: app.config.mail.login_codes,
        }
    }

    /// Renders a page in the language of the request.
    pub(crate) fn render(&self, page: impl Into<Page>) -> Response {
        self.flow.render(&self.caller.language, page)
    }

    /// Checks that this service sends emails, before a page asks for one.
    ///
    /// # Errors
    /// `mail_not_configured`.
    fn check_mail(&self) -> Result<(), Problem> {
        let checked = self.flow.mailer.check();
        checked.map_err(|unavailable| InternalError::from(unavailable).into())
    }

    /// Drops the client: a login at the issuer is for no client, and a client logs in at the authorization endpoint.
    /// A mailed link that names a client works only at that client.
    fn leave_client(&mut self) {
        self.request = None;
        self.client_id = None;
    }

    /// A link to another page, with the parameters that are kept.
    fn href(&self, path: &str) -> Link {
        let client_id = self.client_id.iter().cloned();
        let request = match &self.request {
            Some(request) => request.parameters(),
            None => client_id.map(|id| ("client_id", id)).collect(),
        };
        let request = request.iter().map(|(name, value)| (*name, value.as_str()));
        let return_to = self.return_to.iter().flat_map(ReturnPath::parameters);
        let query = self.caller.language.kept().into_iter().chain(request);
        let query = query.chain(return_to);
        Link::own(self.flow.issuer(), path, query)
    }

    /// A link to the login: at the client that requests one, or else at the issuer.
    fn log_in(&self) -> Link {
        match &self.request {
            Some(_) => self.href("/authorize"),
            None => self.href("/login"),
        }
    }

    /// Returns the client of the request, or the one that the query names.
    fn client_id(&self) -> Option<&str> {
        let request = self.request.as_ref();
        let of_request = request.map(|request| request.client_id.as_str());
        of_request.or(self.client_id.as_deref())
    }

    /// Returns a mail that the caller requests for the client of the page, or at the issuer if no client is
    /// named. Its links keep the authorization request.
    ///
    /// # Errors
    /// `unknown_client`, or no client is configured.
    fn mail(&self, to: EmailAddress) -> Result<RequestedMail<'_>, Problem> {
        let clients = self.flow.sessions.clients();
        let named = self.client_id();
        let client = match (named, clients.iter().next()) {
            (None, Some(any)) => Ok(any),
            _ => clients.choose(named),
        };
        Ok(RequestedMail {
            to,
            network: self.caller.network,
            context: MailContext {
                client: client?,
                locale: self.caller.locale(),
                request: self.request.as_ref(),
                is_at_issuer: named.is_none(),
            },
        })
    }

    /// Binds a login that a mailed link continues to this browser. Returns the challenge for the link, and the
    /// cookie with its secret.
    ///
    /// # Errors
    /// The service has no randomness.
    fn bind_to_browser(&self) -> Result<(CodeChallenge, SetLoginCookie), Problem> {
        let upstreams = &self.flow.upstreams;
        let secret = upstreams.login_cookie(self.caller.login_cookie.get())?;
        let lifetime = upstreams.binding_lifetime();
        let cookie = SetLoginCookie::set(&secret, lifetime, self.flow.issuer());
        Ok((CodeChallenge::to(&secret), cookie))
    }

    /// Opens the session at the issuer that the browser presents, without reading the user.
    ///
    /// # Errors
    /// This node cannot verify tokens now.
    async fn sso_session(&self) -> Result<Option<SsoSession>, InternalError> {
        self.flow.sso_session(&self.caller).await
    }

    /// Opens the session at the issuer that the browser presents, with one read of its user.
    ///
    /// # Errors
    /// This node cannot verify tokens now, or the database fails.
    async fn resumed_session(&self) -> Result<Option<ResumedSession>, InternalError> {
        let Some(session) = self.sso_session().await? else {
            return Ok(None);
        };
        self.flow.single_sign_on.resume(session).await
    }

    /// The page that asks the reader to check their email. `email` is what they entered.
    fn mailed(&self, email: Option<&str>) -> Response {
        self.render(MailSentPage {
            email: DisplayText::of(email.unwrap_or_default()),
            is_for_here: false,
            code: None,
            back: Some(self.log_in()),
        })
    }

    /// The page that asks the reader for the code beside a mailed login link.
    fn mailed_code(
        &self,
        email: DisplayText,
        challenge: String,
        problem: Option<LoginCodeProblem>,
    ) -> Response {
        self.render(MailSentPage {
            email,
            is_for_here: true,
            code: self.mails_codes.then(|| LoginCodeForm {
                action: self.href(LOGIN_LINK_PATH),
                challenge,
                problem,
            }),
            back: Some(self.log_in()),
        })
    }

    /// The page that asks for a new password. `entered` is the form if it is shown again.
    fn choose(
        &self,
        purpose: PasswordPurpose,
        entered: Option<&Form>,
        problem: Option<PasswordProblem>,
    ) -> Response {
        let path = match purpose {
            PasswordPurpose::SignUp => "/signup/confirm",
            PasswordPurpose::Reset => "/password/reset",
        };
        let get = |name| entered.and_then(|form| form.get(name));
        self.render(ChoosePasswordPage {
            action: self.href(path),
            purpose,
            token: get("token").map(str::to_owned),
            email: get("email").map(DisplayText::of),
            min_length: self.min_length,
            problem,
        })
    }

    /// The page that confirms an action. In the browser that began the action, the page leads on to the login at the
    /// client. In another browser, the client would not recognize the response to its request: the page leads to the
    /// page of the client, or to the login at the issuer.
    fn done(&self, action: CompletedAction, is_in_browser_of_request: bool) -> Response {
        let (client, log_in) = if is_in_browser_of_request && self.request.is_some() {
            (None, self.log_in())
        } else {
            let client = self
                .client_id()
                .and_then(|id| self.flow.sessions.clients().get(id));
            let kept = self.caller.language.kept();
            (client, Link::own(self.flow.issuer(), "/login", kept))
        };
        self.render(ActionCompletedPage {
            action,
            log_in,
            client: client.map(|client| DisplayText::of(client.display_name())),
            app: client.and_then(home_page),
        })
    }
}

/// A form that only pages of this service may post.
pub(crate) struct SameOriginForm {
    pub(crate) context: PageContext,
    pub(crate) form: Form,
}

impl FromRequest<App> for SameOriginForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let Ok(context) = PageContext::from_request_parts(&mut parts, app).await;
        let origin = &context.caller.origin;
        let form = own_form(origin, Request::from_parts(parts, body), app).await?;
        Ok(Self { context, form })
    }
}

/// Reads a form that only pages of this service may post.
///
/// # Errors
/// A page of another origin posts it, or the body is no form.
async fn own_form(origin: &RequestOrigin, request: Request, app: &App) -> Result<Form, PageError> {
    origin.check_same_origin(&app.config.issuer)?;
    Ok(Form::from_request(request, app).await?)
}

/// Returns a link to the page of a client where users go when a flow ends, if the configuration has one.
fn home_page(client: &Client) -> Option<Link> {
    client.home_page().and_then(Link::to)
}

/// Returns the chosen password.
fn chosen(form: &Form) -> Result<PresentedPassword, PasswordProblem> {
    let given = form.get("password").unwrap_or_default();
    PresentedPassword::parse(given).map_err(PasswordProblem::Invalid)
}

/// Returns the token of a link, which the page has read from the fragment.
fn token(form: &Form) -> Result<&str, Problem> {
    form.get("token").ok_or_else(from_domain::no_link)
}
