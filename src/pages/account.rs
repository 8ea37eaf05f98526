//! `/account`: the pages on which users change their profile and their login methods. They need the session at the
//! issuer, and are served only with single sign-on.

pub(crate) mod accounts;
pub(crate) mod connect;
pub(crate) mod data;
pub(crate) mod delete;
pub(crate) mod email;
pub(crate) mod overview;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod recovery_codes;
pub(crate) mod session;
pub(crate) mod totp;

use schemars::JsonSchema;

use crate::http::openapi::OpenApiBuilder;

/// The fields of the forms. Each page takes those that it shows.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct AccountFields {
    name: Option<String>,
    picture: Option<String>,
    email: Option<String>,
    password: Option<String>,
    enrolment: Option<String>,
    code: Option<String>,
    challenge: Option<String>,
    /// `RegistrationResponseJSON`.
    credential: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    overview::describe(api);
    profile::describe(api);
    email::describe(api);
    password::describe(api);
    accounts::describe(api);
    connect::describe(api);
    passkeys::describe(api);
    totp::describe(api);
    recovery_codes::describe(api);
    data::describe(api);
    delete::describe(api);
}

/// Describes a page with a form that posts to its own address.
fn describe_form(api: &mut OpenApiBuilder, path: &'static str, summary: &'static str) {
    let redirects = "Redirect to the overview, or to the login at the issuer, which returns here.";
    api.get(path, summary)
        .tag("page")
        .redirects("Redirect to the login at the issuer, which returns here.")
        .answers_page(&[200, 503])
        .fails(&[404])
        .or_page();
    api.post(path, summary)
        .tag("page")
        .takes_form::<AccountFields>()
        .answers_page(&[200, 202, 400, 403, 408, 409, 413, 415, 422, 429, 501, 503])
        .fails(&[404])
        .or_page()
        .redirects(redirects);
}
