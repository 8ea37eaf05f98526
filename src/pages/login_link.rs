//! The page of `/login/link/confirm`, which logs in by a mailed link or by the code beside it.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    audit::AuditAction,
    http::{
        extract::Form,
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    oauth::UnredirectableError,
    pages::{
        LOGIN_LINK_PATH, PageContext, SameOriginForm,
        error_page::PageError,
        login_at_issuer::log_in_at_issuer,
        token,
        view::{DisplayText, LoginCodeProblem, LoginLinkPage},
    },
    provider::{Error, LoginCode, LoginLink, LoginLinkProvider, PresentedLoginCode},
    token::LinkRejection,
};

/// The `token` of a link; or the `code` beside it, with the `challenge` and the `email` of the page that asks for it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct LoginLinkForm {
    token: Option<String>,
    challenge: Option<String>,
    code: Option<String>,
    email: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.form::<LoginLinkForm>(LOGIN_LINK_PATH, &[200]).redirects(
        "For a form: redirect to the client with a code, or with cookies if the client uses them.",
    );
    api.link_page(LOGIN_LINK_PATH);
}

pub(crate) async fn link_page(context: PageContext) -> Response {
    context.render(LoginLinkPage {
        action: context.href(LOGIN_LINK_PATH),
    })
}

/// Logs in by the link or the code, in the browser in which the login page requested it: its cookie holds the secret.
pub(crate) async fn log_in_by_link(
    State(links): State<LoginLinkProvider>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    match log_in(&links, &context, &form).await {
        Err(LoginLinkError::Refused(error)) => refused(&context, &form, error),
        Err(LoginLinkError::Page(error)) => Err(error),
        Ok(response) => Ok(response),
    }
}

/// The reason why there is no login.
enum LoginLinkError {
    /// The link or the code is refused, a limit is reached, or the service fails.
    Refused(Error),
    /// Another error, with its page.
    Page(PageError),
}

impl From<Error> for LoginLinkError {
    fn from(refused: Error) -> Self {
        Self::Refused(refused)
    }
}

impl From<PageError> for LoginLinkError {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<Problem> for LoginLinkError {
    fn from(problem: Problem) -> Self {
        Self::Page(problem.into())
    }
}

async fn log_in(
    links: &LoginLinkProvider,
    context: &PageContext,
    form: &Form,
) -> Result<Response, LoginLinkError> {
    let caller = &context.caller;
    let link = open(links, context, form).await?;
    let Some(request) = link.request.clone() else {
        // A link that an app requested can only be used by that app.
        if !link.is_at_issuer {
            let error = Error::from(LinkRejection::Elsewhere);
            return Err(PageError::of_link(error.into(), None).into());
        }
        let first = links.verify(&link, caller.now).await?;
        return Ok(log_in_at_issuer(context, first).await?);
    };
    // The configuration may have changed since.
    let client = context.flow.client(&request)?;
    if !client.may_redirect_to(&request.redirect_uri) {
        return Err(Problem::from(UnredirectableError::RedirectUri).into());
    }
    let first = links.verify(&link, caller.now).await?;
    Ok(context.flow.log_in(&request, first, caller).await?)
}

/// Opens the link by its token, or by the code beside it.
async fn open(
    links: &LoginLinkProvider,
    context: &PageContext,
    form: &Form,
) -> Result<LoginLink, LoginLinkError> {
    let caller = &context.caller;
    let (secret, network, now) = (caller.login_cookie.get(), caller.network, caller.now);
    let Some(challenge) = form.get("challenge") else {
        let opening = links.open(token(form)?, secret, network, now);
        return Ok(opening.await?.claims);
    };
    // A text that cannot be a code is a wrong one, and costs no try.
    let code = LoginCode::parse(form.get("code").unwrap_or_default());
    let code = code.map_err(|_| Error::from(LinkRejection::WrongCode))?;
    let presented = PresentedLoginCode {
        challenge,
        code: &code,
        code_verifier: secret,
    };
    Ok(links.open_by_code(presented, network, now).await?.claims)
}

/// Answers a refused link with an error page, and a refused code with the page that asks for it.
fn refused(context: &PageContext, form: &Form, error: Error) -> Result<Response, PageError> {
    let is_elsewhere = matches!(error, Error::Link(LinkRejection::Elsewhere));
    if let Error::Link(refused) = error
        && let Some(challenge) = form.get("challenge")
        && !is_elsewhere
    {
        let problem = match refused {
            LinkRejection::WrongCode => LoginCodeProblem::Wrong,
            LinkRejection::TooManyCodes => LoginCodeProblem::TooMany,
            _ => LoginCodeProblem::Over,
        };
        let email = DisplayText::of(form.get("email").unwrap_or_default());
        let page = context.mailed_code(email, challenge.to_owned(), Some(problem));
        let recorded = from_domain::record(AuditAction::Link, refused.as_str());
        return Ok((Extension(recorded), page).into_response());
    }
    // Only an app can request another link for itself. Its links name it.
    let is_of_page = context.request.is_some() || context.client_id.is_none();
    let again = is_of_page.then(|| context.log_in());
    // In another browser, the client would not recognize the response to its request.
    let again = again.filter(|_| !is_elsewhere || context.request.is_none());
    Err(PageError::of_link(error.into(), again))
}
