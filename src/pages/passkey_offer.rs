//! The page that offers a passkey before a login goes on, and `POST /login/new-passkey` for its form.

use std::ops::ControlFlow;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    app::App,
    audit::AuditAction,
    client::AuthorizationRequest,
    http::{
        extract::{Caller, Form},
        openapi::OpenApiBuilder,
        passkeys::{credential::RegistrationCredential, options::creation_options},
        problem::{Code, Problem, from_domain},
    },
    identity::{FirstFactor, LoginStep, Verified},
    json,
    pages::{
        PageContext, SameOriginForm,
        error_page::PageError,
        login_at_issuer::finish_at_issuer,
        step_goal::StepGoal,
        view::{Link, PasskeyOfferPage, PasskeyOfferProblem},
    },
    passkey::PasskeyName,
    profile::{Error, PasskeyOffer, PresentedRegistration, RegistrationChallenge},
    second_factor::{self, ContinuationRejection, ContinuedPage},
    token::SealedToken,
};

const PATH: &str = "/login/new-passkey";

/// The form of the page. `by` is `skip`, or `passkey` for a new passkey.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct NewPasskeyForm {
    continuation: String,
    by: Option<String>,
    challenge: Option<String>,
    /// `RegistrationResponseJSON`.
    credential: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let summary = "Add the passkey that a page offers, or skip it, and continue the login.";
    api.post(PATH, summary)
        .tag("login")
        .takes_form::<NewPasskeyForm>()
        .redirects("Redirect to the client with a code, or with cookies if the client uses them.")
        .answers_page(&[200, 400, 403, 404, 408, 413, 415, 422, 429, 503]);
}

/// Logs in a new user at a client, or at the issuer, after the offer of a passkey.
pub(super) async fn log_in_with_offer(
    app: &App,
    context: &PageContext,
    request: Option<&AuthorizationRequest>,
    first: FirstFactor,
) -> Result<Response, PageError> {
    let step = match request {
        Some(request) => context.flow.next_step(request, first)?,
        None => first.next(true),
    };
    let verified = match step {
        LoginStep::Done(verified) => verified,
        LoginStep::SecondFactor(first) => {
            let flow = &context.flow;
            return flow.ask_for_second_factor(
                &first,
                StepGoal::of(request, None),
                &context.caller,
            );
        }
    };
    // An offer that cannot be made now does not stop the login. A fault is logged.
    match offer(app, context, request, &verified).await {
        Ok(Some(page)) => Ok(page),
        Ok(None) | Err(_) => go_on(context, request, &verified, false).await,
    }
}

/// Returns the page that offers a passkey, if one can be offered.
async fn offer(
    app: &App,
    context: &PageContext,
    request: Option<&AuthorizationRequest>,
    verified: &Verified,
) -> Result<Option<Response>, Problem> {
    let (code_challenge, bind) = context.bind_to_browser()?;
    let page = ContinuedPage {
        code_challenge,
        request: request.cloned(),
    };
    let client_id = match request {
        Some(request) => &request.client_id,
        None => &app.sessions.clients().any()?.client_id,
    };
    let now = context.caller.now;
    let offering = app.profiles.offer_passkey(verified, (client_id, page), now);
    let Some((continuation, begun)) = offering.await? else {
        return Ok(None);
    };
    let page = offer_page(app, context, (&continuation, &begun), None);
    Ok(Some((bind, page).into_response()))
}

fn offer_page(
    app: &App,
    context: &PageContext,
    (continuation, begun): (&str, &RegistrationChallenge),
    problem: Option<PasskeyOfferProblem>,
) -> Response {
    let options = creation_options(&app.config, begun);
    context.render(PasskeyOfferPage {
        action: Link::own(context.flow.issuer(), PATH, context.caller.language.kept()),
        continuation: continuation.to_owned(),
        challenge: begun.sealed.clone(),
        options: serde_json::json!(options).to_string(),
        problem,
    })
}

/// Adds the passkey of the form, or skips it, and continues the login in the browser in which it began.
pub(crate) async fn submit(
    State(app): State<App>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    if app.config.passkeys.rp_id().is_none() {
        return Err(Problem::new(Code::NotFound).into());
    }
    let Caller {
        now, login_cookie, ..
    } = &context.caller;
    let sealed = form.get("continuation").unwrap_or_default();
    let secret = login_cookie.get().unwrap_or_default();
    let opening = app.profiles.open_offer(sealed, secret, *now);
    let offer = opening.await.map_err(Problem::from)?;
    let has_passkey = form.get("by") == Some("passkey");
    let verified = if has_passkey {
        match add(&app, &context, (&offer, &form)).await? {
            ControlFlow::Continue(verified) => verified,
            ControlFlow::Break(again) => return Ok(again),
        }
    } else {
        let declining = app.profiles.decline_offer(&offer, *now);
        declining.await.map_err(Problem::from)?
    };
    let request = offer.claims.page.request.as_ref();
    go_on(&context, request, &verified, has_passkey).await
}

/// Adds the passkey of the form. Returns the page with another challenge if the passkey is refused.
async fn add(
    app: &App,
    context: &PageContext,
    (offer, form): (&SealedToken<PasskeyOffer>, &Form),
) -> Result<ControlFlow<Response, Verified>, PageError> {
    let caller = &context.caller;
    let credential = form.get("credential").unwrap_or_default();
    let credential = json::object::<RegistrationCredential>(credential.as_bytes());
    let problem = if let Some(credential) = credential {
        let decoded = credential.decoded();
        let presented = PresentedRegistration {
            challenge: form.get("challenge").unwrap_or_default(),
            response: decoded.response(),
            transports: credential.transports(),
            name: PasskeyName::default(),
        };
        let origin = (caller.network, caller.locale());
        let adding = app
            .profiles
            .add_offered_passkey(offer, presented, origin, caller.now);
        match adding.await {
            Ok(verified) => return Ok(ControlFlow::Continue(verified)),
            Err(Error::PasskeyExists) => PasskeyOfferProblem::Exists,
            Err(Error::Registration(refused)) => {
                // The reason is for the log alone.
                let _ = from_domain::record(AuditAction::FactorAdd, refused.as_str());
                PasskeyOfferProblem::NotCreated
            }
            Err(Error::NotRecent { .. } | Error::TooManyPasskeys) => {
                PasskeyOfferProblem::NotCreated
            }
            Err(Error::Ended) => {
                let ended = second_factor::Error::from(ContinuationRejection::Ended);
                return Err(Problem::from(ended).into());
            }
            Err(error) => return Err(Problem::from(error).into()),
        }
    } else {
        PasskeyOfferProblem::NotCreated
    };
    let beginning = app.profiles.begin_offered_passkey(offer, caller.now);
    let begun = beginning.await.map_err(Problem::from)?;
    let continuation = form.get("continuation").unwrap_or_default();
    let page = offer_page(app, context, (continuation, &begun), Some(problem));
    Ok(ControlFlow::Break(page))
}

async fn go_on(
    context: &PageContext,
    request: Option<&AuthorizationRequest>,
    verified: &Verified,
    has_passkey: bool,
) -> Result<Response, PageError> {
    let (flow, caller) = (&context.flow, &context.caller);
    match request {
        Some(request) if has_passkey => {
            flow.log_in_with_new_passkey(request, verified, caller)
                .await
        }
        Some(request) => flow.log_in_or_enrol(request, verified, caller).await,
        None => finish_at_issuer(context, verified).await,
    }
}
