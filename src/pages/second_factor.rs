//! The page that asks for the second factor of a login, and `POST /login/second-factor` for its form.

mod asked;
mod step;

use std::ops::ControlFlow;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use schemars::JsonSchema;

use self::step::SecondStep;
use crate::{
    app::App,
    client::{AuthorizationRequest, CodeChallenge},
    http::{cookie::SetLoginCookie, extract::Caller, openapi::OpenApiBuilder, problem::Problem},
    identity::{FirstFactor, SecondFactorKind},
    internal::InternalError,
    pages::{
        PageContext, SameOriginForm, cancellation::Cancellation, error_page::PageError,
        login_at_issuer::finish_at_issuer, login_flow::LoginFlow, step_goal::StepGoal, view::Link,
    },
    second_factor::ContinuedPage,
};

const PATH: &str = "/login/second-factor";

/// The form of the page. `by` is the kind of the code, `passkey` for the challenge and the answer of a passkey, `use_totp`
/// or `use_recovery_code` for the page of the other kind, or `cancel`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct SecondFactorForm {
    continuation: String,
    by: Option<String>,
    code: Option<String>,
    challenge: Option<String>,
    /// `AuthenticationResponseJSON`.
    credential: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.form::<SecondFactorForm>(PATH, &[200, 401, 422]).redirects(
        "For a form: redirect to the client with a code, or with cookies if the client uses them.",
    );
}

impl LoginFlow {
    /// Asks for the second factor of a login at a client, or at the issuer. The login goes on in this browser only.
    ///
    /// # Errors
    /// The service cannot seal.
    pub(super) fn ask_for_second_factor(
        &self,
        first: &FirstFactor,
        goal: StepGoal<'_>,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let request = goal.request();
        let secret = self.upstreams.login_cookie(caller.login_cookie.get());
        let secret = secret.map_err(Problem::from)?;
        let lifetime = self.upstreams.binding_lifetime();
        let cookie = SetLoginCookie::set(&secret, lifetime, self.issuer());
        // A login at the issuer is for no client; the token names any.
        let clients = self.sessions.clients();
        let any = clients
            .iter()
            .next()
            .map(|client| client.client_id.as_str());
        let client_id = request.map(|request| request.client_id.as_str()).or(any);
        let page = ContinuedPage {
            code_challenge: CodeChallenge::to(&secret),
            request: request.cloned(),
        };
        let login = (None, Some(page));
        let pending =
            self.second_factors
                .ask(first, client_id.unwrap_or_default(), login, caller.now);
        let pending = pending
            .map_err(InternalError::from)
            .map_err(Problem::from)?;
        let asked = self.asked(goal, &pending.kinds)?;
        let page = self.second_factor_page(&caller.language, &pending.continuation, &asked, None);
        Ok((cookie, self.render(&caller.language, page)).into_response())
    }
}

/// Completes a login with the code or the passkey of the form, in the browser in which the login began.
pub(crate) async fn complete(
    State(app): State<App>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let (caller, flow) = (&context.caller, &context.flow);
    let sealed = form.get("continuation").unwrap_or_default();
    let secret = Some(caller.login_cookie.get().unwrap_or_default());
    let opening = app.second_factors.open(sealed, secret, caller.now);
    let login = opening.await.map_err(Problem::from)?;
    let request = login.claims.page.as_ref();
    let request = request.and_then(|page| page.request.clone());
    let step = SecondStep {
        asked: flow.asked(
            StepGoal::of(request.as_ref(), context.return_to.as_ref()),
            &login.claims.kinds,
        )?,
        app: &app,
        context: &context,
        form: &form,
        login,
    };
    let outcome = match form.get("by") {
        Some("cancel") => return Ok(canceled(&context, request.as_ref())),
        Some("use_totp") => return Ok(step.page(Some(SecondFactorKind::Totp), None)),
        Some("use_recovery_code") => {
            return Ok(step.page(Some(SecondFactorKind::RecoveryCode), None));
        }
        Some("passkey") => step.by_passkey().await?,
        Some("recovery_code") => step.by_code(SecondFactorKind::RecoveryCode).await?,
        _ => step.by_code(SecondFactorKind::Totp).await?,
    };
    let verified = match outcome {
        ControlFlow::Continue(verified) => verified,
        ControlFlow::Break(again) => return Ok(again),
    };
    match request {
        Some(request) => flow.log_in_verified(&request, &verified, caller).await,
        None => finish_at_issuer(&context, &verified).await,
    }
}

/// Ends the login: at the client, or at the login page of the issuer.
fn canceled(context: &PageContext, request: Option<&AuthorizationRequest>) -> Response {
    let (flow, language) = (&context.flow, &context.caller.language);
    if let Some(request) = request {
        return flow.answer_error(request, Cancellation::ByUser.error(), language);
    }
    let login = Link::own(flow.issuer(), "/login", language.kept());
    Redirect::to(&login.to_string()).into_response()
}
