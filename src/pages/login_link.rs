//! `/login/link/confirm` as people see it.

use axum::{extract::State, response::Response};

use crate::{
    http::{
        cookie::Binding,
        extract::{ClientNetwork, Now},
        openapi::Api,
        problem::Problem,
    },
    oauth::Unanswerable,
    pages::confirm_email::ConfirmForm,
    pages::{Posted, Visit, error_page::Stopped, token, view::LoginLink},
    provider::{Error, LoginLinkProvider},
    token::LinkRefused,
};

pub(crate) fn describe(api: &mut Api) {
    let path = "/login/link/confirm";
    api.form::<ConfirmForm>(path, &[]).redirects(
        "For a form: redirect to the client with a code, or with cookies if the client uses them.",
    );
    api.link_page(path);
}

pub(crate) async fn link_page(visit: Visit) -> LoginLink {
    LoginLink {
        voice: visit.voice().clone(),
        issuer: visit.landing.issuer().clone(),
        action: visit.href("/login/link/confirm"),
    }
}

/// In the browser in which a page of ours was asked for the link: it keeps the secret.
pub(crate) async fn log_in_by_link(
    State(links): State<LoginLinkProvider>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    Posted { visit, form }: Posted,
) -> Result<Response, Stopped> {
    let opening = links.open(token(&form)?, binding.get(), now);
    let not_opened = |error: Error| Stopped::of_link(error.into(), visit.log_in());
    let link = visit.landing.mailing.open(network, opening).await?;
    let link = link.map_err(not_opened)?.says;
    // An app has asked, and only there is the link of use.
    let elsewhere = || not_opened(LinkRefused::Elsewhere.into());
    let request = link.request.clone().ok_or_else(elsewhere)?;
    // What is configured may have changed since.
    let client = visit.landing.client(&request)?;
    if !client.may_redirect_to(&request.redirect_uri) {
        return Err(Problem::from(Unanswerable::RedirectUri).into());
    }
    let verified = links.verify(&link, now).await.map_err(not_opened)?;
    visit.landing.log_in(&request, &verified, now)
}
