//! `GET|POST /callback/{provider}`: the provider sends the person back (RFC 6749 §4.1.2).

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    http::{
        cookie::LoginCookie,
        extract::{ClientNetwork, Form, Language, Now, Query},
        openapi::OpenApiBuilder,
        problem::from_domain,
        provider_requests::ProviderId,
    },
    network::Network,
    pages::{
        error_page::{OrErrorPage, PageError},
        login_flow::LoginFlow,
        view::{FormPostRelay, Link},
    },
    provider::{AuthorizationResponse, UpstreamRefused},
};

/// What a provider may send.
const FIELDS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "user"];

/// Says that a form has been posted again from a page of ours.
const AGAIN: &str = "again";

/// The response of a provider.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct CallbackParameters {
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    user: Option<String>,
    again: Option<String>,
}

/// The redirect that ends a login, as the description of the API names it.
pub(super) const REDIRECT: &str =
    "Redirect to the client with a code or an error, and with cookies if the client uses them.";

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let text = json!({ "type": "string" });
    let by_query = api.get(
        "/callback/{provider}",
        "Receive the provider's response in a query.",
    );
    let by_query = FIELDS
        .iter()
        .fold(by_query, |it, name| it.query(name, &text));
    by_query
        .tag("login")
        .redirects(REDIRECT)
        .answers_page(&[200, 400, 404, 409, 429, 503]);
    api.post(
        "/callback/{provider}",
        "Receive the provider's response by `response_mode=form_post`.",
    )
    .tag("login")
    .takes_form::<CallbackParameters>()
    .redirects(REDIRECT)
    .answers_page(&[200, 400, 404, 408, 409, 413, 415, 429, 503]);
}

/// Whoever only looks brings no login, and must not spend what a browser will bring (RFC 9110 §9.2.1).
pub(crate) async fn no_login(
    State(flow): State<LoginFlow>,
    ProviderId(id): ProviderId,
) -> PageError {
    let problem = flow.providers.get(&id).err();
    problem.unwrap_or_else(from_domain::no_login).into()
}

pub(crate) async fn by_query(
    State(flow): State<LoginFlow>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    login_cookie: LoginCookie,
    language: Language,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, PageError> {
    let field = |name: &str| query.get(name);
    finish(&flow, &id, network, &login_cookie, language, field, now).await
}

pub(crate) async fn by_form(
    State(flow): State<LoginFlow>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    login_cookie: LoginCookie,
    language: Language,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, PageError> {
    // Another site's form brings no cookie of ours along (SameSite=Lax): a page of our own posts the
    // same once more. Making cookies travel from everywhere would be the other way.
    if login_cookie.get().is_none() && form.get(AGAIN).is_none() {
        return relay(&flow, &id, &form, &language);
    }
    let field = |name: &str| form.get(name);
    finish(&flow, &id, network, &login_cookie, language, field, now).await
}

fn relay(
    flow: &LoginFlow,
    id: &str,
    form: &Form,
    language: &Language,
) -> Result<Response, PageError> {
    let provider = flow.providers.get(id)?;
    let route = format!("/callback/{}", provider.id());
    let fields = FIELDS
        .iter()
        .filter_map(|name| Some((*name, form.get(name)?.to_owned())));
    let page = FormPostRelay {
        action: Link::own(flow.issuer(), &route, language.kept()),
        fields: fields.collect(),
    };
    Ok(flow.render(language, page))
}

async fn finish<'p>(
    flow: &LoginFlow,
    id: &str,
    network: Network,
    login_cookie: &LoginCookie,
    language: Language,
    field: impl Fn(&str) -> Option<&'p str>,
    now: DateTime<Utc>,
) -> Result<Response, PageError> {
    let provider = flow.providers.get(id)?;
    let upstreams = &flow.providers.upstreams;
    // Without a state of this browser nothing is charged: a page of another site can send that, and no
    // provider is asked.
    let resuming = async {
        let state = field("state").ok_or(UpstreamRefused::NoState)?;
        upstreams
            .resume_login(provider, state, login_cookie.get(), now)
            .await
    };
    let begun = resuming.await.map_err(PageError::of_login)?;
    let text = |name: &str| field(name).map(str::to_owned);
    let response = AuthorizationResponse {
        code: text("code"),
        error: text("error"),
        iss: text("iss"),
        user: text("user"),
    };
    let request = begun.request().clone();
    let locale = language.localizer.locale();
    let attempt = upstreams.finish_login(provider, begun, &response, locale, now);
    let entered = flow.providers.attempt(network, attempt).await?;
    flow.finish_login(provider, &request, entered, &language, now)
}
