//! The page that asks for the second factor of a login, and `POST /login/second-factor` for its form.

mod asked;

use std::ops::ControlFlow;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use schemars::JsonSchema;

use self::asked::AskedFactors;
use crate::{
    app::App,
    audit::AuditAction,
    client::{AuthorizationRequest, CodeChallenge},
    http::{
        cookie::SetLoginCookie,
        extract::{Caller, Form},
        openapi::OpenApiBuilder,
        passkeys::credential::AuthenticationCredential,
        problem::{Problem, from_domain},
    },
    identity::{FirstFactor, SecondFactorKind, Verified},
    internal::InternalError,
    json,
    pages::{
        PageContext, SameOriginForm,
        cancellation::Cancellation,
        error_page::PageError,
        login_at_issuer::finish_at_issuer,
        login_flow::LoginFlow,
        return_path::ReturnPath,
        view::{Link, SecondFactorProblem},
    },
    provider::{self, PresentedSecondStep},
    second_factor::{
        ContinuedPage, Error, FactorRejection, LoginContinuation, PresentedFactor, RecoveryCode,
        TotpCode,
    },
    token::SealedToken,
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

/// The goal of a login in two steps: a client, or the issuer itself, perhaps with a page that asked for the login.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StepGoal<'a> {
    Client(&'a AuthorizationRequest),
    Issuer(Option<&'a ReturnPath>),
}

impl<'a> StepGoal<'a> {
    pub(crate) fn of(
        request: Option<&'a AuthorizationRequest>,
        page: Option<&'a ReturnPath>,
    ) -> Self {
        request.map_or(Self::Issuer(page), Self::Client)
    }

    fn request(self) -> Option<&'a AuthorizationRequest> {
        match self {
            Self::Client(request) => Some(request),
            Self::Issuer(_) => None,
        }
    }

    fn return_to(self) -> Option<&'a ReturnPath> {
        match self {
            Self::Client(_) => None,
            Self::Issuer(page) => page,
        }
    }
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

/// The second step of a login in the browser in which the login began.
struct SecondStep<'a> {
    app: &'a App,
    context: &'a PageContext,
    form: &'a Form,
    login: SealedToken<LoginContinuation>,
    asked: AskedFactors,
}

/// A login that goes on, or the page that asks again.
type StepOutcome = Result<ControlFlow<Response, Verified>, PageError>;

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

impl SecondStep<'_> {
    fn page(
        &self,
        kind: Option<SecondFactorKind>,
        problem: Option<SecondFactorProblem>,
    ) -> Response {
        let (flow, language) = (&self.context.flow, &self.context.caller.language);
        let continuation = self.form.get("continuation").unwrap_or_default();
        let page = flow.second_factor_page(language, continuation, &self.asked, kind);
        self.context.render(page.with_problem(problem))
    }

    async fn by_code(&self, kind: SecondFactorKind) -> StepOutcome {
        let again = |problem| ControlFlow::Break(self.page(Some(kind), Some(problem)));
        let Some(factor) = presented(kind, self.form).filter(|_| self.asked.codes.contains(&kind))
        else {
            return Ok(again(SecondFactorProblem::Wrong(kind)));
        };
        let caller = &self.context.caller;
        let origin = (caller.network, caller.locale());
        let factors = &self.app.second_factors;
        match factors
            .verify(&self.login, factor, origin, caller.now)
            .await
        {
            Ok(completed) => Ok(ControlFlow::Continue(completed.verified)),
            Err(Error::Refused(refused)) => {
                let problem = match (refused, kind) {
                    (FactorRejection::Used, SecondFactorKind::Totp) => SecondFactorProblem::Used,
                    _ => SecondFactorProblem::Wrong(kind),
                };
                let page = self.page(Some(kind), Some(problem));
                Ok(ControlFlow::Break(recorded(refused.as_str(), page)))
            }
            Err(error) => Err(Problem::from(error).into()),
        }
    }

    async fn by_passkey(&self) -> StepOutcome {
        let problem = Some(SecondFactorProblem::Passkey);
        let credential = self.form.get("credential").unwrap_or_default();
        let credential = json::object::<AuthenticationCredential>(credential.as_bytes());
        let Some(credential) = credential.filter(|_| self.asked.rp_id.is_some()) else {
            let page = self.page(None, problem);
            return Ok(ControlFlow::Break(recorded("unreadable credential", page)));
        };
        let decoded = credential.decoded();
        let presented = PresentedSecondStep {
            challenge: self.form.get("challenge").unwrap_or_default(),
            response: decoded.response(),
            network: self.context.caller.network,
        };
        let clients = self.app.sessions.clients();
        let client = clients.choose(Some(&self.login.client_id));
        let client = client.map_err(Problem::from)?;
        let (passkeys, now) = (&self.app.passkeys, self.context.caller.now);
        let verifying = passkeys.verify_second_step(client, &self.login, presented, now);
        match verifying.await {
            Ok(verified) => Ok(ControlFlow::Continue(verified)),
            Err(provider::Error::Passkey(refused)) => {
                let page = self.page(None, problem);
                Ok(ControlFlow::Break(recorded(refused.as_str(), page)))
            }
            Err(error) => Err(Problem::from(error).into()),
        }
    }
}

/// Records a refusal in the response.
fn recorded(reason: &'static str, page: Response) -> Response {
    let recorded = from_domain::record(AuditAction::Login, reason);
    (Extension(recorded), page).into_response()
}

/// Ends the login: at the client, or at the login page of the issuer.
fn canceled(context: &PageContext, request: Option<&AuthorizationRequest>) -> Response {
    let (flow, language) = (&context.flow, &context.caller.language);
    match request {
        Some(request) => flow.answer_error(request, Cancellation::ByUser.error(), language),
        None => {
            let login = Link::own(flow.issuer(), "/login", language.kept());
            Redirect::to(&login.to_string()).into_response()
        }
    }
}

/// Returns the code of the form. A text that cannot be a code is a wrong one.
fn presented(kind: SecondFactorKind, form: &Form) -> Option<PresentedFactor> {
    let code = form.get("code")?;
    match kind {
        SecondFactorKind::Totp => TotpCode::parse(code).ok().map(PresentedFactor::Totp),
        SecondFactorKind::Passkey => None,
        SecondFactorKind::RecoveryCode => {
            let code = RecoveryCode::parse(code).ok();
            code.map(PresentedFactor::RecoveryCode)
        }
    }
}
