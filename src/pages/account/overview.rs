//! `GET /account`: the overview of the account.

use axum::response::Response;

use crate::{
    http::openapi::OpenApiBuilder,
    pages::{
        account::session::AccountRequest,
        view::{AccountPage, DisplayText},
    },
};

/// The path of the overview.
pub(crate) const PATH: &str = "/account";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(
        PATH,
        "Show the account of the user who is logged in at the issuer.",
    )
    .tag("page")
    .redirects("Redirect to the login at the issuer, which returns here.")
    .answers_page(&[200, 404, 503]);
}

pub(crate) async fn page(request: AccountRequest) -> Response {
    request.context.render(AccountPage {
        email: DisplayText::of(request.user.email.as_str()),
        log_out: request.href("/end-session"),
    })
}
