//! `POST /login/{provider}/address` mails a link to somebody whose address the provider does not vouch
//! for; `/login/{provider}/confirm` is where it leads.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use schemars::JsonSchema;

use super::{
    email::ConfirmForm,
    landing::{At, Landing},
};
use crate::{
    app::App,
    http::{
        cookie::Binding,
        extract::{ClientNetwork, Form, Now, Spoken},
        openapi::Api,
        page::{Address, Finish, Line, Mailed},
        problem::Problem,
        refusal,
        stopped::{self, Stopped},
    },
    identity::EmailAddress,
    provider::PendingLogin,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new()
        .route("/login/{provider}/address", post(address))
        .route("/login/{provider}/confirm", get(finish).post(confirm))
}

/// The form of the page.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct AddressForm {
    token: String,
    email: String,
}

pub(super) fn describe(api: &mut Api) {
    api.post(
        "/login/{provider}/address",
        "Submit an email; a link is sent to it.",
    )
    .tag("login")
    .takes_form::<AddressForm>()
    .answers_page(&[202, 400, 404, 408, 413, 415, 422, 429, 503]);
    api.get(
        "/login/{provider}/confirm",
        "Show the page that the link opens. Changes nothing.",
    )
    .tag("login")
    .answers_page(&[200, 404]);
    api.post(
        "/login/{provider}/confirm",
        "Confirm the email in the browser that started the login.",
    )
    .tag("login")
    .takes_form::<ConfirmForm>()
    .redirects(
        "Redirect to the client with a code or an error, and with cookies if the client uses them.",
    )
    .answers_page(&[400, 404, 408, 409, 413, 415, 429, 503]);
}

async fn address(
    State(landing): State<Landing>,
    At(id): At,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    spoken: Spoken,
    stopped::Sent(form): stopped::Sent<Form>,
) -> Result<Response, Stopped> {
    let provider = landing.provider(&id)?;
    let named = pending(&form, &binding)?;
    let Landing {
        upstreams, mailing, ..
    } = &landing;
    let pending = upstreams.pending(provider, named, now).await;
    let pending = pending.map_err(Stopped::of_login)?;
    let given = form.get("email").unwrap_or_default();
    let email = match EmailAddress::parse(given) {
        Ok(email) => email,
        Err(problem) => {
            let page = Address {
                action: landing.href_of(provider, "address", &spoken),
                voice: spoken.voice,
                issuer: landing.issuer().clone(),
                token: named.token.to_owned(),
                provider: Line::of(provider.name()),
                email: Some(Line::of(given)),
                problem: Some(problem),
            };
            return Ok(page.into_response());
        }
    };
    let client_id = pending.client_id().to_owned();
    let asked = mailing.asked(Some(&client_id), &spoken.voice, None)?;
    let sending = upstreams.mail_link(provider, pending, email.clone(), asked, now);
    let unsaid = mailing.send(network, &email, sending).await?;
    let mailed = Mailed {
        voice: spoken.voice,
        issuer: landing.issuer().clone(),
        email: Line::of(given),
        is_for_here: true,
        back: None,
    };
    Ok((unsaid, mailed).into_response())
}

async fn finish(
    State(landing): State<Landing>,
    At(id): At,
    spoken: Spoken,
) -> Result<Finish, Stopped> {
    let provider = landing.provider(&id)?;
    Ok(Finish {
        action: landing.href_of(provider, "confirm", &spoken),
        voice: spoken.voice,
        issuer: landing.issuer().clone(),
        provider: Line::of(provider.name()),
    })
}

async fn confirm(
    State(landing): State<Landing>,
    At(id): At,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    spoken: Spoken,
    stopped::Sent(form): stopped::Sent<Form>,
) -> Result<Response, Stopped> {
    let provider = landing.provider(&id)?;
    let link = pending(&form, &binding)?;
    let confirming = landing.upstreams.confirm(provider, link, now);
    let confirmed = landing.mailing.open(network, confirming).await?;
    let (request, entered) = confirmed.map_err(Stopped::of_login)?;
    landing.arrive(provider, &request, Ok(entered), spoken, now)
}

/// What a form says of the login that goes on.
fn pending<'a>(form: &'a Form, binding: &'a Binding) -> Result<PendingLogin<'a>, Problem> {
    Ok(PendingLogin {
        token: form.get("token").ok_or_else(refusal::no_login)?,
        binding: binding.get(),
    })
}
