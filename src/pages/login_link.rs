//! The page of `/login/link/confirm`.

use axum::{extract::State, response::Response};

use crate::{
    http::{openapi::OpenApiBuilder, problem::Problem},
    oauth::UnredirectableError,
    pages::confirm_email::ConfirmForm,
    pages::{
        PageContext, SameOriginForm, error_page::PageError, login_at_issuer::log_in_at_issuer,
        token, view::LoginLinkPage,
    },
    provider::{Error, LoginLinkProvider},
    token::LinkRejection,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let path = "/login/link/confirm";
    api.form::<ConfirmForm>(path, &[200]).redirects(
        "For a form: redirect to the client with a code, or with cookies if the client uses them.",
    );
    api.link_page(path);
}

pub(crate) async fn link_page(context: PageContext) -> Response {
    context.render(LoginLinkPage {
        action: context.href("/login/link/confirm"),
    })
}

/// Logs in by the link, in the browser in which the login page requested it: its cookie holds the secret.
pub(crate) async fn log_in_by_link(
    State(links): State<LoginLinkProvider>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let caller = &context.caller;
    let secret = caller.login_cookie.get();
    let opening = links.open(token(&form)?, secret, caller.network, caller.now);
    // Only an app can request another link for itself. Its links name it.
    let is_of_page = context.request.is_some() || context.client_id.is_none();
    let again = || is_of_page.then(|| context.log_in());
    let refused = |error: Error| {
        // In another browser, the client would not recognize the response to its request.
        let is_elsewhere = matches!(error, Error::Link(LinkRejection::Elsewhere));
        let again = again().filter(|_| !is_elsewhere || context.request.is_none());
        PageError::of_link(error.into(), again)
    };
    let link = opening.await.map_err(refused)?.claims;
    let Some(request) = link.request.clone() else {
        // A link that an app requested can only be used by that app.
        if !link.is_at_issuer {
            let error = Error::from(LinkRejection::Elsewhere);
            return Err(PageError::of_link(error.into(), None));
        }
        let first = links.verify(&link, caller.now).await.map_err(refused)?;
        return log_in_at_issuer(&context, first).await;
    };
    // The configuration may have changed since.
    let client = context.flow.client(&request)?;
    if !client.may_redirect_to(&request.redirect_uri) {
        return Err(Problem::from(UnredirectableError::RedirectUri).into());
    }
    let first = links.verify(&link, caller.now).await.map_err(refused)?;
    context.flow.log_in(&request, first, caller).await
}
