//! The parameters of `/end-session`, and its description in the `OpenAPI` document.

use schemars::JsonSchema;
use serde_json::json;

use crate::http::openapi::OpenApiBuilder;

pub(super) const PATH: &str = "/end-session";

/// The parameters of a logout request (§2), without those that are ignored.
pub(super) const FIELDS: [&str; 4] = [
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
];

/// The parameter of the confirmation that a page of this service posts.
pub(super) const CONFIRMED: &str = "confirmed";

/// The parameter that selects the logout of every browser, in the confirmation and in the link of emails.
pub(super) const EVERYWHERE: &str = "everywhere";

/// The parameter of the user to whom a form was shown. It ends the logins of this user alone.
pub(super) const SHOWN_TO: &str = "user";

/// A logout request, or the confirmation of a page of this service.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct LogoutForm {
    id_token_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
    ui_locales: Option<String>,
    again: Option<String>,
    confirmed: Option<String>,
    everywhere: Option<String>,
    user: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    const REDIRECT: &str = "Redirect to the client after the logout.";
    let text = json!({ "type": "string" });
    let summary = "The logout endpoint (OpenID Connect RP-Initiated Logout 1.0).";
    let by_query = api.get(PATH, summary);
    let by_query = FIELDS
        .iter()
        .fold(by_query, |it, name| it.query(name, &text));
    by_query
        .query(EVERYWHERE, &text)
        .tag("login")
        .redirects(REDIRECT)
        .answers_page(&[200, 400, 503]);
    api.post(PATH, summary)
        .tag("login")
        .takes_form::<LogoutForm>()
        .redirects(REDIRECT)
        .answers_page(&[200, 400, 403, 408, 413, 415, 503]);
}
