//! `/`: the page of the service, and `/.well-known/change-password`, which leads to the page that changes a password.

use axum::{
    Json,
    extract::{FromRequestParts, Request, State},
    http::header::{ACCEPT, VARY},
    response::{IntoResponse, Redirect, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    http::{navigation::asks_for_page, openapi::OpenApiBuilder},
    pages::{PageContext, login_flow::LoginFlow, view::HomePage},
};

/// The path of the service, relative to the issuer.
pub(crate) const PATH: &str = "/";

/// The path at which password managers look for the page that changes a password (W3C, A Well-Known URL for Changing
/// Passwords), at the root of the origin.
pub(crate) const CHANGE_PASSWORD_PATH: &str = "/.well-known/change-password";

/// The name of the service, and its documents for clients of the API.
#[derive(Serialize, JsonSchema)]
struct ServiceDocument {
    name: String,
    issuer: String,
    /// The discovery document (OpenID Connect Discovery 1.0).
    openid_configuration: String,
    /// The description of this API.
    openapi: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get(PATH, "Show the page of the service, or name its documents.")
        .tag("page")
        .answers::<ServiceDocument>(200, "An HTML page for browsers, and JSON for others.")
        .or_page();
    api.get(
        CHANGE_PASSWORD_PATH,
        "Find the page that changes a password.",
    )
    .tag("page")
    .at_root()
    .redirects("Redirect to the page.");
}

/// Shows the page to browsers, and names the documents of the service to others.
pub(crate) async fn home(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if !asks_for_page(&parts.method, &parts.headers) {
        return ([(VARY, ACCEPT)], Json(document(&app))).into_response();
    }
    let Ok(context) = PageContext::from_request_parts(&mut parts, &app).await;
    let flow = &context.flow;
    let mut response = context.render(HomePage {
        log_in: flow
            .single_sign_on
            .config
            .is_enabled
            .then(|| context.href("/login")),
        sign_up: flow.can_mail().then(|| context.href("/signup")),
    });
    response.headers_mut().append(VARY, ACCEPT.into());
    response
}

fn document(app: &App) -> ServiceDocument {
    let issuer = &app.config.issuer;
    ServiceDocument {
        name: app.page_templates.name(issuer.host()).to_owned(),
        issuer: issuer.as_str().to_owned(),
        openid_configuration: issuer.endpoint("/.well-known/openid-configuration"),
        openapi: format!("{}/openapi.json", issuer.origin()),
    }
}

/// Redirects to the page that sets a new password by a mailed link. Without a mail server, it redirects to
/// the login page.
pub(crate) async fn change_password(State(flow): State<LoginFlow>) -> Redirect {
    let path = if flow.can_mail() {
        "/password/forgot"
    } else {
        "/login"
    };
    Redirect::to(&flow.issuer().endpoint(path))
}
