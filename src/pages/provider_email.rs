//! `POST /login/{provider}/address` mails a link to an email that the provider does not vouch for;
//! `/login/{provider}/confirm` opens that link.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    http::{
        cookie::Binding,
        extract::{ClientNetwork, Form, Now, Spoken},
        openapi::Api,
        problem::{Problem, from_domain},
        provider_requests::ProviderId,
    },
    identity::EmailAddress,
    pages::confirm_email::ConfirmForm,
    pages::{
        error_page::{Sent, Stopped},
        login_flow::Landing,
        provider_callback::REDIRECT,
        view::{Address, Finish, Line, Mailed},
    },
    provider::PendingLogin,
};

/// The form of the page.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct AddressForm {
    token: String,
    email: String,
}

pub(crate) fn describe(api: &mut Api) {
    api.post(
        "/login/{provider}/address",
        "Submit an email; a link is sent to it.",
    )
    .tag("login")
    .takes_form::<AddressForm>()
    .answers_page(&[202, 400, 404, 408, 413, 415, 422, 429, 503]);
    api.link_page("/login/{provider}/confirm")
        .tag("login")
        .answers_page(&[404]);
    api.post(
        "/login/{provider}/confirm",
        "Confirm the email in the browser that started the login.",
    )
    .tag("login")
    .takes_form::<ConfirmForm>()
    .redirects(REDIRECT)
    .answers_page(&[400, 404, 408, 409, 413, 415, 429, 503]);
}

pub(crate) async fn address(
    State(landing): State<Landing>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    spoken: Spoken,
    Sent(form): Sent<Form>,
) -> Result<Response, Stopped> {
    let provider = landing.providers.get(&id)?;
    let named = pending(&form, &binding)?;
    let Landing {
        providers, mailing, ..
    } = &landing;
    let pending = providers.upstreams.pending(provider, named, now).await;
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
    let sending = providers
        .upstreams
        .mail_link(provider, pending, email.clone(), asked, now);
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

pub(crate) async fn finish(
    State(landing): State<Landing>,
    ProviderId(id): ProviderId,
    spoken: Spoken,
) -> Result<Finish, Stopped> {
    let provider = landing.providers.get(&id)?;
    Ok(Finish {
        action: landing.href_of(provider, "confirm", &spoken),
        voice: spoken.voice,
        issuer: landing.issuer().clone(),
        provider: Line::of(provider.name()),
    })
}

pub(crate) async fn confirm(
    State(landing): State<Landing>,
    ProviderId(id): ProviderId,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    binding: Binding,
    spoken: Spoken,
    Sent(form): Sent<Form>,
) -> Result<Response, Stopped> {
    let provider = landing.providers.get(&id)?;
    let link = pending(&form, &binding)?;
    let confirming = landing.providers.upstreams.confirm(provider, link, now);
    let confirmed = landing.mailing.open(network, confirming).await?;
    let (request, entered) = confirmed.map_err(Stopped::of_login)?;
    landing.arrive(provider, &request, Ok(entered), spoken, now)
}

/// What a form says of the login that goes on.
fn pending<'a>(form: &'a Form, binding: &'a Binding) -> Result<PendingLogin<'a>, Problem> {
    Ok(PendingLogin {
        token: form.get("token").ok_or_else(from_domain::no_login)?,
        binding: binding.get(),
    })
}
