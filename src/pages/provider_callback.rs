//! `GET|POST /callback/{provider}`: receives the provider's response (RFC 6749 §4.1.2).

use axum::{
    extract::{FromRef, State},
    response::Response,
};
use schemars::JsonSchema;
use serde_json::json;

use crate::{
    app::App,
    http::{
        extract::{Caller, Form, Language, ProviderId, Query},
        openapi::OpenApiBuilder,
        problem::from_domain,
    },
    pages::{
        account::connect,
        error_page::{OrErrorPage, PageError},
        login_flow::LoginFlow,
        view::{FormPostRelay, Link, RelayPurpose},
    },
    provider::{AuthorizationResponse, LoginPurpose, ReturnedLogin, UpstreamRefused},
};

/// The parameters of a provider's response.
const FIELDS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "user"];

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

/// The description of the redirect that ends a login.
pub(super) const REDIRECT: &str =
    "Redirect to the client with a code or an error, and with cookies if the client uses them.";

/// The description of the redirect that ends a login of this service, which may connect an account.
const ANY_REDIRECT: &str = "Redirect to the client with a code or an error, and with cookies if the client uses them. A login that \
     connects an account leads to `/account`.";

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
        .redirects(ANY_REDIRECT)
        .answers_page(&[200, 400, 404, 409, 429, 501, 503]);
    api.post(
        "/callback/{provider}",
        "Receive the provider's response by `response_mode=form_post`.",
    )
    .tag("login")
    .takes_form::<CallbackParameters>()
    .redirects(ANY_REDIRECT)
    .answers_page(&[200, 400, 404, 408, 409, 413, 415, 429, 501, 503]);
}

/// Answers `HEAD`, which is safe (RFC 9110 §9.2.1) and must not spend the state that a browser will bring.
pub(crate) async fn no_login(State(flow): State<LoginFlow>, id: ProviderId) -> PageError {
    let problem = id.find(&flow.upstreams).err();
    problem.unwrap_or_else(from_domain::no_login).into()
}

pub(crate) async fn by_query(
    State(app): State<App>,
    id: ProviderId,
    caller: Caller,
    OrErrorPage(query): OrErrorPage<Query>,
) -> Result<Response, Response> {
    Box::pin(finish(&app, &id, caller, |name| query.get(name))).await
}

pub(crate) async fn by_form(
    State(app): State<App>,
    id: ProviderId,
    caller: Caller,
    OrErrorPage(form): OrErrorPage<Form>,
) -> Result<Response, Response> {
    // A form posted by another site brings no cookie (SameSite=Lax), so a page of this service posts it
    // again. The alternative would be cookies that are sent from every site.
    if caller.login_cookie.get().is_none() && form.get(FormPostRelay::AGAIN).is_none() {
        let relayed = relay(&LoginFlow::from_ref(&app), &id, &form, &caller.language);
        return Ok(relayed?);
    }
    Box::pin(finish(&app, &id, caller, |name| form.get(name))).await
}

fn relay(
    flow: &LoginFlow,
    id: &ProviderId,
    form: &Form,
    language: &Language,
) -> Result<Response, PageError> {
    let provider = id.find(&flow.upstreams)?;
    let route = format!("/callback/{}", provider.id());
    let action = Link::own(flow.issuer(), &route, language.kept());
    let field = |name: &str| form.get(name);
    let page = FormPostRelay::again(action, &FIELDS, field, RelayPurpose::Login);
    Ok(flow.render(language, page))
}

async fn finish<'p>(
    app: &App,
    id: &ProviderId,
    caller: Caller,
    field: impl Fn(&str) -> Option<&'p str>,
) -> Result<Response, Response> {
    let provider = id.find(&app.upstreams).map_err(PageError::from)?;
    let secret = caller.login_cookie.get();
    // Nothing is charged without a state of this browser: a page of another site can send such a request,
    // and no provider is asked.
    let resuming = async {
        let state = field("state").ok_or(UpstreamRefused::NoState)?;
        app.upstreams
            .resume_login(provider, state, secret, caller.now)
            .await
    };
    let pending = resuming.await.map_err(PageError::of_login)?;
    let text = |name: &str| field(name).map(str::to_owned);
    let response = AuthorizationResponse {
        code: text("code"),
        error: text("error"),
        iss: text("iss"),
        user: text("user"),
    };
    let purpose = pending.purpose().clone();
    let returned = ReturnedLogin {
        pending,
        response: &response,
        network: caller.network,
        locale: caller.locale(),
    };
    let request = match purpose {
        LoginPurpose::Client(request) => request,
        LoginPurpose::Connect(user) => {
            return connect::finish(app, provider, (user, returned), caller).await;
        }
    };
    let flow = LoginFlow::from_ref(app);
    let outcome = app.upstreams.finish_login(provider, returned, caller.now);
    let outcome = outcome.await;
    let finished = flow.finish_login(provider, &request, outcome, &caller);
    Ok(finished.await?)
}
