//! `/login/link/confirm` as people see it.

use axum::{extract::State, response::Response};

use crate::{
    http::{
        cookie::LoginCookie,
        extract::{ClientNetwork, Now},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    oauth::UnredirectableError,
    pages::confirm_email::ConfirmForm,
    pages::{PageContext, SameOriginForm, error_page::PageError, token, view::LoginLinkPage},
    provider::{Error, LoginLinkProvider},
    token::LinkRejection,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let path = "/login/link/confirm";
    api.form::<ConfirmForm>(path, &[]).redirects(
        "For a form: redirect to the client with a code, or with cookies if the client uses them.",
    );
    api.link_page(path);
}

pub(crate) async fn link_page(context: PageContext) -> Response {
    context.render(LoginLinkPage {
        action: context.href("/login/link/confirm"),
    })
}

/// In the browser in which a page of ours was asked for the link: it keeps the secret.
pub(crate) async fn log_in_by_link(
    State(links): State<LoginLinkProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    login_cookie: LoginCookie,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let opening = links.open(token(&form)?, login_cookie.get(), now);
    let not_opened = |error: Error| PageError::of_link(error.into(), context.log_in());
    let link = context.flow.mail.open(network, opening).await?;
    let link = link.map_err(not_opened)?.says;
    // An app has asked, and only there is the link of use.
    let elsewhere = || not_opened(LinkRejection::Elsewhere.into());
    let request = link.request.clone().ok_or_else(elsewhere)?;
    // What is configured may have changed since.
    let client = context.flow.client(&request)?;
    if !client.may_redirect_to(&request.redirect_uri) {
        return Err(Problem::from(UnredirectableError::RedirectUri).into());
    }
    let verified = links.verify(&link, now).await.map_err(not_opened)?;
    context.flow.log_in(&request, &verified, now)
}
