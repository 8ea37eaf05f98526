//! The page that asks for the second factor of a login, and `POST /login/second-factor` for its form.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;

use crate::{
    app::App,
    audit::AuditAction,
    client::{AuthorizationRequest, CodeChallenge},
    http::{
        cookie::SetLoginCookie,
        extract::{Caller, Form, Language},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    identity::{FirstFactor, SecondFactorKind},
    internal::InternalError,
    pages::{
        SameOriginForm,
        error_page::PageError,
        login_at_issuer::finish_at_issuer,
        login_flow::LoginFlow,
        view::{Link, SecondFactorPage, SecondFactorProblem},
    },
    second_factor::{
        ContinuedPage, Error, FactorRejection, PresentedFactor, RecoveryCode, TotpCode,
    },
};

const PATH: &str = "/login/second-factor";

/// The form of the page. `by` is the kind of the code, or `use_totp` or `use_recovery_code` for the page of the other
/// kind.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct SecondFactorForm {
    continuation: String,
    by: Option<String>,
    code: Option<String>,
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
        request: Option<&AuthorizationRequest>,
        caller: &Caller,
    ) -> Result<Response, PageError> {
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
        let page = SecondFactorPage::new(
            self.second_factor_link(&caller.language),
            pending.continuation,
            SecondFactorKind::Totp,
            &pending.kinds,
        );
        Ok((cookie, self.render(&caller.language, page)).into_response())
    }

    fn second_factor_link(&self, language: &Language) -> Link {
        Link::own(self.issuer(), PATH, language.kept())
    }
}

/// Completes a login with the code of the form, in the browser in which the login began.
pub(crate) async fn complete(
    State(app): State<App>,
    SameOriginForm { context, form }: SameOriginForm,
) -> Result<Response, PageError> {
    let (caller, flow) = (&context.caller, &context.flow);
    let sealed = form.get("continuation").unwrap_or_default();
    let secret = Some(caller.login_cookie.get().unwrap_or_default());
    let opening = app.second_factors.open(sealed, secret, caller.now);
    let login = opening.await.map_err(Problem::from)?;
    let page = |kind, problem| {
        let action = flow.second_factor_link(&caller.language);
        let kinds = &login.claims.kinds;
        let page = SecondFactorPage::new(action, sealed.to_owned(), kind, kinds);
        context.render(page.with_problem(problem))
    };
    let kind = match form.get("by") {
        Some("use_totp") => return Ok(page(SecondFactorKind::Totp, None)),
        Some("use_recovery_code") => return Ok(page(SecondFactorKind::RecoveryCode, None)),
        Some("recovery_code") => SecondFactorKind::RecoveryCode,
        _ => SecondFactorKind::Totp,
    };
    let Some(factor) = presented(kind, &form) else {
        return Ok(page(kind, Some(SecondFactorProblem::Wrong(kind))));
    };
    let origin = (caller.network, caller.locale());
    let verifying = app
        .second_factors
        .verify(&login, factor, origin, caller.now);
    let verified = match verifying.await {
        Ok(completed) => completed.verified,
        Err(Error::Refused(refused)) => {
            let problem = match (refused, kind) {
                (FactorRejection::Used, SecondFactorKind::Totp) => SecondFactorProblem::Used,
                _ => SecondFactorProblem::Wrong(kind),
            };
            let recorded = Extension(from_domain::record(AuditAction::Login, refused.as_str()));
            return Ok((recorded, page(kind, Some(problem))).into_response());
        }
        Err(error) => return Err(Problem::from(error).into()),
    };
    let request = login.claims.page.and_then(|page| page.request);
    match request {
        Some(request) => flow.log_in_verified(&request, &verified, caller).await,
        None => finish_at_issuer(&context, &verified).await,
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
