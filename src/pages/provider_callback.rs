//! `GET|POST /callback/{provider}`: the provider sends the person back (RFC 6749 §4.1.2).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    http::{
        cookie::Binding,
        extract::{ClientNetwork, Form, Now, Query, Spoken},
        openapi::Api,
        problem::from_domain,
        provider_requests::ProviderId,
    },
    network::Network,
    pages::{
        error_page::{Sent, Stopped},
        login_flow::Landing,
        view::{Href, Repost},
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
struct Answer {
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

pub(crate) fn describe(api: &mut Api) {
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
    .takes_form::<Answer>()
    .redirects(REDIRECT)
    .answers_page(&[200, 400, 404, 408, 409, 413, 415, 429, 503]);
}

/// Whoever only looks brings no login, and must not spend what a browser will bring (RFC 9110 §9.2.1).
pub(crate) async fn no_login(
    State(landing): State<Landing>,
    ProviderId(id): ProviderId,
) -> Stopped {
    let problem = landing.providers.get(&id).err();
    problem.unwrap_or_else(from_domain::no_login).into()
}

pub(crate) async fn by_query(
    State(landing): State<Landing>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    spoken: Spoken,
    Sent(query): Sent<Query>,
) -> Result<Response, Stopped> {
    let field = |name: &str| query.get(name);
    arrive(&landing, &id, network, &binding, spoken, field, now).await
}

pub(crate) async fn by_form(
    State(landing): State<Landing>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    spoken: Spoken,
    Sent(form): Sent<Form>,
) -> Result<Response, Stopped> {
    // Another site's form brings no cookie of ours along (SameSite=Lax): a page of our own posts the
    // same once more. Making cookies travel from everywhere would be the other way.
    if binding.get().is_none() && form.get(AGAIN).is_none() {
        return once_more(&landing, &id, &form, spoken);
    }
    let field = |name: &str| form.get(name);
    arrive(&landing, &id, network, &binding, spoken, field, now).await
}

fn once_more(
    landing: &Landing,
    id: &str,
    form: &Form,
    spoken: Spoken,
) -> Result<Response, Stopped> {
    let provider = landing.providers.get(id)?;
    let route = format!("/callback/{}", provider.id());
    let fields = FIELDS
        .iter()
        .filter_map(|name| Some((*name, form.get(name)?.to_owned())));
    let page = Repost {
        action: Href::own(landing.issuer(), &route, spoken.kept()),
        voice: spoken.voice,
        issuer: landing.issuer().clone(),
        fields: fields.collect(),
    };
    Ok(page.into_response())
}

async fn arrive<'p>(
    landing: &Landing,
    id: &str,
    network: Network,
    binding: &Binding,
    spoken: Spoken,
    field: impl Fn(&str) -> Option<&'p str>,
    now: DateTime<Utc>,
) -> Result<Response, Stopped> {
    let provider = landing.providers.get(id)?;
    let upstreams = &landing.providers.upstreams;
    // Without a state of this browser nothing is charged: a page of another site can send that, and no
    // provider is asked.
    let resuming = async {
        let state = field("state").ok_or(UpstreamRefused::NoState)?;
        upstreams.resume(provider, state, binding.get(), now).await
    };
    let begun = resuming.await.map_err(Stopped::of_login)?;
    let text = |name: &str| field(name).map(str::to_owned);
    let response = AuthorizationResponse {
        code: text("code"),
        error: text("error"),
        iss: text("iss"),
        user: text("user"),
    };
    let request = begun.request().clone();
    let locale = spoken.voice.locale();
    let attempt = upstreams.land(provider, begun, &response, locale, now);
    let entered = landing.providers.attempt(network, attempt).await?;
    landing.arrive(provider, &request, entered, spoken, now)
}
