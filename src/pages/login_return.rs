//! Logins for other applications (forward-auth): `/login?policy=…&return_to=…` begins one at the authorization
//! endpoint, and `/login/return` redirects to the application. Both check that the policy allows the return URL.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use url::Url;

use crate::{
    app::App,
    config::{LOGIN_RETURN, Policies, Policy},
    http::{
        extract::Query,
        openapi::OpenApiBuilder,
        problem::{Code, Problem, from_policy::unknown_policy},
    },
    pages::{
        PageContext,
        error_page::{OrErrorPage, PageError},
        view::{ErrorMessage, Link},
    },
};

/// The parameters of the login page.
const POLICY: &str = "policy";
const RETURN_TO: &str = "return_to";

/// A policy, and the page of an application to which a user returns.
struct LoginReturn<'a> {
    policy: &'a Policy,
    url: Option<Url>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let text = json!({ "type": "string" });
    let summary = "Redirect a user to the application that `/forward-auth/{policy}` protects.";
    api.get(LOGIN_RETURN, summary)
        .tag("login")
        .query("state", &text)
        .query("error", &text)
        .redirects("Redirect to the application, or to the page of the issuer.")
        .answers_page(&[400, 404]);
}

/// Begins a login for the policy that the query names. `None` if it names no policy.
///
/// # Errors
/// `unknown_policy`, or `invalid_field`: the policy does not allow the return URL.
pub(crate) fn begin(
    app: &App,
    context: &PageContext,
    query: &Query,
) -> Result<Option<Response>, PageError> {
    let Some(policy) = query.get(POLICY) else {
        return Ok(None);
    };
    let target = LoginReturn::new(app, policy, query.get(RETURN_TO))?;
    let client = app.config.clients.with_cookies();
    let client = client.ok_or_else(unknown_policy)?;
    let issuer = &app.config.issuer;
    let redirect_uri = issuer.endpoint(LOGIN_RETURN);
    let state = target.state();
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", &client.client_id),
        ("redirect_uri", &redirect_uri),
        ("state", &state),
    ];
    let max_age = target.policy.max_age.map(|it| it.num_seconds().to_string());
    parameters.extend(max_age.as_deref().map(|it| ("max_age", it)));
    parameters.extend(target.policy.acr.map(|it| ("acr_values", it.as_str())));
    let kept = context.caller.language.kept().into_iter();
    let link = Link::own(issuer, "/authorize", kept.chain(parameters));
    Ok(Some(Redirect::to(&link.to_string()).into_response()))
}

/// Redirects the user to the application after the login.
pub(crate) async fn login_return(
    State(app): State<App>,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    let state = query.get("state").unwrap_or_default();
    let (policy, url) = Policies::split_state(state);
    let target = LoginReturn::new(&app, policy, url)?;
    let issuer = &app.config.issuer;
    if let Some(error) = query.get("error") {
        let message = match error {
            "access_denied" => ErrorMessage::LoginCanceled,
            _ => ErrorMessage::LoginExpired,
        };
        let again = [(POLICY, policy)];
        let again = again.into_iter().chain(url.map(|url| (RETURN_TO, url)));
        let again = Link::own(issuer, "/login", again);
        return Err(PageError::of_ended_login(message, again));
    }
    let home = issuer.endpoint("/login");
    let onward = target.url.as_ref().map_or(home.as_str(), Url::as_str);
    Ok(Redirect::to(onward).into_response())
}

impl<'a> LoginReturn<'a> {
    fn new(app: &'a App, policy: &str, url: Option<&str>) -> Result<Self, Problem> {
        let policy = app.config.policies.get(policy);
        let policy = policy.filter(|policy| policy.has_cookies);
        let policy = policy.ok_or_else(unknown_policy)?;
        let url = url.map(|url| policy.return_url(url)).transpose();
        let url = url.map_err(|invalid| {
            let problem = Problem::new(Code::InvalidField).bad_request();
            problem.of_field(RETURN_TO).detail(invalid.to_string())
        })?;
        Ok(Self { policy, url })
    }

    /// The `state` of the authorization request. It needs no seal: it is checked again when the login ends.
    fn state(&self) -> String {
        let name = &self.policy.name;
        match &self.url {
            Some(url) => format!("{name} {url}"),
            None => name.clone(),
        }
    }
}
