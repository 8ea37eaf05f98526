//! Hosted pages and the browser side of a login: the authorization endpoint, the provider callback, the
//! login page, and the pages that mailed links open. Handlers are here, views in `view`.

pub(crate) mod authorize;
pub(crate) mod confirm_email;
pub(crate) mod error_page;
pub(crate) mod login;
pub(crate) mod login_flow;
pub(crate) mod login_link;
pub(crate) mod provider_callback;
pub(crate) mod provider_email;
pub(crate) mod reset_password;
pub(crate) mod sign_up;
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
    view::{
        ActionCompletedPage, ChoosePasswordPage, CompletedAction, DisplayText, Link, MailSentPage,
        Page, PasswordProblem, PasswordPurpose,
    },
};
use crate::{
    app::App,
    client::AuthorizationRequest,
    http::{
        extract::{Form, Language, Query, request_origin::RequestOrigin},
        problem::{Problem, from_domain},
    },
    locale::Localizer,
    mail::MailContext,
    password::PresentedPassword,
};

/// Somebody at a page of ours: what they read, and the request of an app that has brought them here,
/// which goes with them in the query from page to page.
pub(crate) struct PageContext {
    pub(crate) flow: LoginFlow,
    pub(crate) request: Option<AuthorizationRequest>,
    client_id: Option<String>,
    pub(crate) language: Language,
    min_length: usize,
}

impl FromRequestParts<App> for PageContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let flow = LoginFlow::from_ref(app);
        let query = Query::from_request_parts(parts, app).await.ok();
        let get = |name: &str| query.as_ref().and_then(|query| query.get(name));
        // Without one, or with one that is no good, there is no way on; a page works without.
        let judged = flow.validate_request(false).validate(get).ok();
        Ok(Self {
            request: judged.map(|(request, _)| request),
            client_id: get("client_id").map(str::to_owned),
            language: Language::from_request_parts(parts, app).await?,
            min_length: app.config.password.min_length,
            flow,
        })
    }
}

impl PageContext {
    pub(crate) fn localizer(&self) -> &Localizer {
        &self.language.localizer
    }

    /// Renders a page in the language of the request.
    pub(crate) fn render(&self, page: impl Into<Page>) -> Response {
        self.flow.render(&self.language, page)
    }

    /// Another page of ours, with all that goes along.
    fn href(&self, path: &str) -> Link {
        let client_id = self.client_id.iter().cloned();
        let request = match &self.request {
            Some(request) => request.parameters(),
            None => client_id.map(|id| ("client_id", id)).collect(),
        };
        let request = request.iter().map(|(name, value)| (*name, value.as_str()));
        let query = self.language.kept().into_iter().chain(request);
        Link::own(self.flow.issuer(), path, query)
    }

    /// Where the person logs in, if an app waits for that.
    fn log_in(&self) -> Option<Link> {
        self.request.as_ref().map(|_| self.href("/authorize"))
    }

    /// Asks for a mail, for the app that has brought the person here.
    fn asks(&self) -> Result<MailContext<'_>, Problem> {
        let request = self.request.as_ref();
        let client_id = self.client_id.as_deref();
        self.flow.mail.asked(client_id, self.localizer(), request)
    }

    /// The page that asks the reader to check their email. `email` is what they entered.
    fn mailed(&self, email: Option<&str>, is_for_here: bool) -> Response {
        self.render(MailSentPage {
            email: DisplayText::of(email.unwrap_or_default()),
            is_for_here,
            back: self.log_in(),
        })
    }

    /// Choose a password.
    fn choose(
        &self,
        purpose: PasswordPurpose,
        token: Option<&str>,
        problem: Option<PasswordProblem>,
    ) -> Response {
        let path = match purpose {
            PasswordPurpose::SignUp => "/signup/confirm",
            PasswordPurpose::Reset => "/password/reset",
        };
        self.render(ChoosePasswordPage {
            action: self.href(path),
            purpose,
            token: token.map(str::to_owned),
            min_length: self.min_length,
            problem,
        })
    }

    /// It is done.
    fn done(&self, action: CompletedAction) -> Response {
        self.render(ActionCompletedPage {
            action,
            log_in: self.log_in(),
        })
    }
}

/// What a form says that a page of ours alone may post.
pub(crate) struct SameOriginForm {
    pub(crate) context: PageContext,
    pub(crate) form: Form,
}

impl FromRequest<App> for SameOriginForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        RequestOrigin::of(request.headers(), request.extensions())
            .check_same_origin(&app.config.issuer)?;
        let (mut parts, body) = request.into_parts();
        let Ok(context) = PageContext::from_request_parts(&mut parts, app).await;
        let request = Request::from_parts(parts, body);
        let form = Form::from_request(request, app).await?;
        Ok(Self { context, form })
    }
}

/// The password that was chosen.
fn chosen(form: &Form) -> Result<PresentedPassword, PasswordProblem> {
    let given = form.get("password").unwrap_or_default();
    PresentedPassword::parse(given).map_err(PasswordProblem::Invalid)
}

/// The token of a link, which the page has read from the fragment.
fn token(form: &Form) -> Result<&str, Problem> {
    form.get("token").ok_or_else(from_domain::no_link)
}
