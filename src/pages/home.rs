//! `/`: the page of the service, and `/.well-known/change-password`, which leads to the page that changes a password.

use axum::{
    Json,
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderMap,
        header::{ACCEPT, VARY},
    },
    response::{IntoResponse, Redirect, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    http::{
        cookie::SessionCookies, navigation::asks_for_page, openapi::OpenApiBuilder,
        problem::Problem,
    },
    identity::User,
    internal::InternalError,
    pages::{
        PageContext,
        login_flow::LoginFlow,
        view::{AppLink, DisplayText, HomePage, Link},
    },
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
        .or_page()
        .fails(&[503]);
    api.get(
        CHANGE_PASSWORD_PATH,
        "Find the page that changes a password.",
    )
    .tag("page")
    .at_root()
    .redirects("Redirect to the page.");
}

/// Shows the page to browsers, and names the documents of the service to others.
///
/// # Errors
/// The service cannot verify the login of the browser or read its user now.
pub(crate) async fn home(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    if !asks_for_page(&parts.method, &parts.headers) {
        return Ok(([(VARY, ACCEPT)], Json(document(&app))).into_response());
    }
    let Ok(context) = PageContext::from_request_parts(&mut parts, &app).await;
    let user = match user_of_cookies(&context, &parts.headers).await? {
        Some(user) => Some(user),
        None => user_at_issuer(&context).await?,
    };
    let flow = &context.flow;
    let can_log_in = flow.single_sign_on.config.is_enabled;
    let mut response = context.render(HomePage {
        apps: user.iter().flat_map(|_| apps(&context)).collect(),
        user: user.as_ref().map(|user| user.id.to_string()),
        email: user.map(|user| DisplayText::of(user.email.as_str())),
        action: context.href("/end-session"),
        log_in: can_log_in.then(|| context.href("/login")),
        sign_up: flow.can_mail().then(|| context.href("/signup")),
    });
    response.headers_mut().append(VARY, ACCEPT.into());
    Ok(response)
}

/// Returns the user of the first login in the cookies that has not ended. Reads one row for each login until then, and
/// none without valid cookies.
async fn user_of_cookies(
    context: &PageContext,
    headers: &HeaderMap,
) -> Result<Option<User>, Problem> {
    let sessions = &context.flow.sessions;
    if sessions.clients().with_cookies().is_none() {
        return Ok(None);
    }
    // Cookies that occur twice show no login, because another host or path has set one of them.
    let cookies = SessionCookies::read(headers, sessions.issuer()).unwrap_or_default();
    for (user, epoch) in cookies.logins(sessions, context.caller.now).await? {
        let store = &context.flow.single_sign_on.store;
        let user = store.user(user).await.map_err(InternalError::from)?;
        if let Some(user) = user.filter(|user| user.accepts_epoch(epoch)) {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

/// Returns the user of the session at the issuer, with one read.
async fn user_at_issuer(context: &PageContext) -> Result<Option<User>, Problem> {
    let resumed = context.resumed_session().await?;
    Ok(resumed.map(|resumed| resumed.verified.user().clone()))
}

/// The clients that have a `home`. An `app_url` is for mailed links, and may be that of an internal app.
fn apps(context: &PageContext) -> impl Iterator<Item = AppLink> {
    let clients = context.flow.sessions.clients().iter();
    clients.filter_map(|client| {
        Some(AppLink {
            name: DisplayText::of(client.display_name()),
            link: client.branding.home.as_ref().and_then(Link::to)?,
        })
    })
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
