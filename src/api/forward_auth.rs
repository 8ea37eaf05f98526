//! `/forward-auth/{policy}`: admits requests to other applications, for a proxy in front of them: nginx
//! `auth_request`, Caddy `forward_auth`, Traefik `ForwardAuth`, Envoy `ext_authz` and `HAProxy`.
//!
//! Reads nothing from the database while the access token is valid, and one row at a refresh.

mod identity;
mod original_request;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::LOCATION, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::json;
use url::form_urlencoded::Serializer;

use self::original_request::OriginalRequest;
use crate::{
    app::App,
    client::TokenTransport,
    config::{OnRefused, Policy, Preflight},
    http::{
        cookie::SessionCookies,
        extract::{access_token_if_any, missing_token, session_of},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain, from_policy},
    },
    jws_compact::TokenScheme,
    session::policy::check,
    token::Access,
};

/// The path of a policy, relative to the issuer.
pub(crate) const PATH: &str = "/forward-auth/{policy}";

/// The same with the path of the original request, which Envoy appends.
pub(crate) const PATHS_WITH_ORIGINAL: [&str; 2] = [
    "/forward-auth/{policy}/",
    "/forward-auth/{policy}/{*original}",
];

/// The default names of the identity headers, and their values.
const IDENTITY: [(&str, &str); 4] = [
    (
        "Remote-User",
        "The id of the user (`sub`). `policies.NAME.headers` changes the names of these headers.",
    ),
    ("Remote-Email", "The verified email, or empty."),
    ("Remote-Name", "The name, or empty."),
    ("Remote-Groups", "The groups, separated by commas."),
];

/// The header of a 401 to a browser.
const LOGIN: (&str, &str) = (
    "Location",
    "The login page, if a browser opens a page or a WebSocket and a login can help.",
);

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let summary = "Admit a request to another application by a policy, for a proxy. Any method, and a path after the \
                   name, is accepted.";
    api.get(PATH, summary)
        .tag("session")
        .any_session()
        .path_parameter("policy", &json!({ "type": "string" }))
        .answers_nothing(
            200,
            "The request is admitted. The headers of the policy describe the user.",
        )
        .answers_nothing(204, "A CORS preflight is admitted, without a user. 200 if the path of the request follows the name.")
        .redirects("Redirect to the login page, with `on_refused = \"redirect\"`.")
        .fails(&[400, 401, 403, 404, 503])
        .with_headers(200, &IDENTITY)
        .with_headers(204, &IDENTITY.map(|(name, _)| (name, "Empty.")))
        .with_headers(401, &[LOGIN]);
}

pub(crate) async fn forward_auth(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let (name, path) = policy_of(parts.uri.path());
    let policies = &app.config.policies;
    let Some(policy) = policies.get(name) else {
        app.policy_log
            .unknown_policy(name, policies, app.clock.now());
        return Err(from_policy::unknown_policy());
    };
    let original = OriginalRequest::of(&parts, path, &app.config);
    if policy.preflight == Preflight::Admit && original.is_preflight(&parts.headers) {
        let headers = identity::empty(&policy.headers);
        // Envoy, which appends the path, admits a request by 200 only.
        let status = match path {
            Some(_) => StatusCode::OK,
            None => StatusCode::NO_CONTENT,
        };
        return Ok((status, headers).into_response());
    }
    match admitted(&app, &parts, policy).await {
        Ok(session) => {
            let headers = identity::of(&session, &app.config.roles, &policy.headers);
            Ok(headers.into_response())
        }
        Err(problem) => Ok(refused(problem, &app, &parts, policy, &original)),
    }
}

/// Splits the path into the name of the policy, and the path of the original request.
fn policy_of(path: &str) -> (&str, Option<&str>) {
    let (_, rest) = path.split_once("/forward-auth/").unwrap_or_default();
    match rest
        .find('/')
        .and_then(|slash| rest.split_at_checked(slash))
    {
        Some((name, path)) => (name, Some(path)),
        None => (rest, None),
    }
}

/// Returns the session of the request, if the policy admits it.
async fn admitted(app: &App, parts: &Parts, policy: &Policy) -> Result<Access, Problem> {
    let now = app.clock.now();
    let sessions = &app.sessions;
    let token = match access_token_if_any(&parts.headers)? {
        // The proof of a bound token is for the URL of the application, which proxies need not tell.
        Some((TokenScheme::Dpop, _)) => return Err(missing_token()),
        Some((TokenScheme::Bearer, token)) => Some(token),
        None => None,
    };
    let cookies = SessionCookies::read(&parts.headers, sessions.issuer())?;
    let session = match (token, sessions.clients().with_cookies()) {
        (Some(_), _) if !cookies.is_empty() => return Err(from_policy::two_sessions()),
        (Some(token), _) => {
            let session = sessions.presented(token, TokenTransport::Bearer, now);
            session.map_err(from_domain::of_presented)?
        }
        (None, Some(client)) if policy.has_cookies && !cookies.is_empty() => {
            session_of(&cookies, &parts.extensions, sessions, client, now).await?
        }
        (None, _) => return Err(missing_token()),
    };
    let client = sessions.clients().choose(Some(&session.client_id))?;
    match check(&session, client, policy, &app.config.roles, now) {
        Ok(()) => Ok(session),
        Err(refusal) => Err(from_policy::refused(refusal, policy, &session)),
    }
}

/// Answers a request that is not admitted. A browser that opens a page gets the URL of the login page, if a login can
/// help. A script does not: it would follow a redirect to a page that it cannot read.
fn refused(
    problem: Problem,
    app: &App,
    parts: &Parts,
    policy: &Policy,
    original: &OriginalRequest,
) -> Response {
    let needs_login = problem.status() == StatusCode::UNAUTHORIZED && policy.has_cookies;
    let is_navigation = original.is_navigation(&parts.headers);
    if !needs_login || !(is_navigation || OriginalRequest::is_upgrade(&parts.headers)) {
        return problem.into_response();
    }
    let login = login_page(app, policy, original);
    let mut response = match policy.on_refused {
        OnRefused::Redirect if is_navigation => problem.respond_see_other(),
        _ => {
            // No error page: a proxy that does not redirect shows the browser what is left.
            let mut response = problem.into_response();
            response.extensions_mut().remove::<Problem>();
            response
        }
    };
    if let Ok(location) = HeaderValue::try_from(login) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// Returns the URL of the login page, with the original request as the return URL.
fn login_page(app: &App, policy: &Policy, original: &OriginalRequest) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("policy", &policy.name);
    match original.url().map(|url| policy.return_url(url)) {
        Some(Ok(url)) => {
            query.append_pair("return_to", url.as_str());
        }
        Some(Err(refused)) => app.policy_log.return_url(policy, &refused, app.clock.now()),
        None => {}
    }
    let issuer = &app.config.issuer;
    format!("{}?{}", issuer.endpoint("/login"), query.finish())
}
