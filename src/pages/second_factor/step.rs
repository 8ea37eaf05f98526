//! The code or the passkey that the page of the second step posts.

use std::ops::ControlFlow;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};

use super::asked::AskedFactors;
use crate::{
    app::App,
    audit::AuditAction,
    http::{
        extract::Form,
        passkeys::credential::AuthenticationCredential,
        problem::{Problem, from_domain},
    },
    identity::{SecondFactorKind, Verified},
    json,
    pages::{PageContext, error_page::PageError, view::SecondFactorProblem},
    provider::{self, PresentedSecondStep},
    second_factor::{
        Error, FactorRejection, LoginContinuation, PresentedFactor, RecoveryCode, TotpCode,
    },
    token::SealedToken,
};

/// The second step of a login in the browser in which the login began.
pub(super) struct SecondStep<'a> {
    pub(super) app: &'a App,
    pub(super) context: &'a PageContext,
    pub(super) form: &'a Form,
    pub(super) login: SealedToken<LoginContinuation>,
    pub(super) asked: AskedFactors,
}

/// A login that goes on, or the page that asks again.
type StepOutcome = Result<ControlFlow<Response, Verified>, PageError>;

impl SecondStep<'_> {
    pub(super) fn page(
        &self,
        kind: Option<SecondFactorKind>,
        problem: Option<SecondFactorProblem>,
    ) -> Response {
        let (flow, language) = (&self.context.flow, &self.context.caller.language);
        let continuation = self.form.get("continuation").unwrap_or_default();
        let page = flow.second_factor_page(language, continuation, &self.asked, kind);
        self.context.render(page.with_problem(problem))
    }

    pub(super) async fn by_code(&self, kind: SecondFactorKind) -> StepOutcome {
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

    pub(super) async fn by_passkey(&self) -> StepOutcome {
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
