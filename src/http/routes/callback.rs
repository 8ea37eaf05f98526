//! `GET|POST /callback/{provider}`: the provider sends the person back (RFC 6749 §4.1.2).

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde_json::json;

use super::landing::{At, Landing, Stopped};
use crate::{
    app::App,
    http::{
        cookie::Binding,
        extract::{Form, Now, Query},
        openapi::Api,
        page::{Href, Repost},
        problem::Problem,
        refusal,
    },
    provider::Landed,
};

/// What a provider may send.
const FIELDS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "user"];

/// Says that a form has been posted again from a page of ours.
const AGAIN: &str = "again";

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/callback/{provider}", get(by_query).post(by_form))
}

/// The answer of a provider.
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

pub(super) fn describe(api: &mut Api) {
    let text = json!({ "type": "string" });
    let by_query = api.get("/callback/{provider}", "The provider's answer, in a query.");
    let by_query = FIELDS
        .iter()
        .fold(by_query, |it, name| it.query(name, &text));
    by_query
        .tag("login")
        .redirects("Back to the client, with a code or an error; with cookies where it has them.")
        .answers_page(&[200, 400, 404, 409, 503]);
    api.post(
        "/callback/{provider}",
        "The same by `response_mode=form_post`.",
    )
    .tag("login")
    .takes_form::<Answer>()
    .redirects("Back to the client, with a code or an error; with cookies where it has them.")
    .answers_page(&[200, 400, 404, 408, 409, 413, 415, 503]);
}

async fn by_query(
    landing: Landing,
    At(id): At,
    Now(now): Now,
    binding: Binding,
    query: Result<Query, Problem>,
) -> Response {
    let outcome = match query {
        Ok(query) => arrive(&landing, &id, &binding, |name| query.get(name), now).await,
        Err(problem) => Err(problem.into()),
    };
    landing.shown(outcome)
}

async fn by_form(
    landing: Landing,
    At(id): At,
    Now(now): Now,
    binding: Binding,
    form: Result<Form, Problem>,
) -> Response {
    let outcome = match form {
        // Another site's form brings no cookie of ours along (SameSite=Lax): a page of our own posts
        // the same once more. Making cookies travel from everywhere would be the other way.
        Ok(form) if binding.get().is_none() && form.get(AGAIN).is_none() => {
            once_more(&landing, &id, &form)
        }
        Ok(form) => arrive(&landing, &id, &binding, |name| form.get(name), now).await,
        Err(problem) => Err(problem.into()),
    };
    landing.shown(outcome)
}

fn once_more(landing: &Landing, id: &str, form: &Form) -> Result<Response, Stopped> {
    let provider = landing.provider(id)?;
    let route = format!("/callback/{}", provider.id());
    let fields = FIELDS
        .iter()
        .filter_map(|name| Some((*name, form.get(name)?.to_owned())));
    let page = Repost {
        issuer: landing.issuer().clone(),
        action: Href::own(landing.issuer(), &route, []),
        fields: fields.collect(),
    };
    Ok(page.into_response())
}

async fn arrive<'p>(
    landing: &Landing,
    id: &str,
    binding: &Binding,
    field: impl Fn(&str) -> Option<&'p str>,
    now: DateTime<Utc>,
) -> Result<Response, Stopped> {
    let provider = landing.provider(id)?;
    let state = field("state").ok_or_else(refusal::no_login)?;
    let begun = landing
        .upstreams
        .resume(provider, state, binding.get(), now);
    let begun = begun.await.map_err(Stopped::of_login)?;
    let text = |name: &str| field(name).map(str::to_owned);
    let landed = Landed {
        code: text("code"),
        error: text("error"),
        iss: text("iss"),
        user: text("user"),
    };
    let request = begun.request().clone();
    let entered = landing.upstreams.land(provider, begun, &landed, now).await;
    landing.arrive(provider, &request, entered, now)
}
