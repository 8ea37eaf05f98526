//! The factors that the page of the second step asks for: a code, a passkey, or both.

use serde_json::json;

use super::PATH;
use crate::{
    client::Acr,
    http::{extract::Language, problem::Problem},
    identity::SecondFactorKind,
    pages::{
        login_flow::LoginFlow,
        passkey_login::CHALLENGE,
        return_path::ReturnPath,
        step_goal::StepGoal,
        view::{Link, PasskeyButton, SecondFactorPage},
    },
};

/// The factors that the page asks for.
pub(super) struct AskedFactors {
    /// The kinds of codes.
    pub(super) codes: Vec<SecondFactorKind>,
    /// The RP ID, if the user has a passkey.
    pub(super) rp_id: Option<String>,
    /// The page of the issuer that asked for the login.
    return_to: Option<ReturnPath>,
}

impl LoginFlow {
    /// Decides what the page asks for. Codes do not satisfy a client that requires a passkey.
    pub(super) fn asked(
        &self,
        goal: StepGoal<'_>,
        kinds: &[SecondFactorKind],
    ) -> Result<AskedFactors, Problem> {
        let has_passkey = kinds.contains(&SecondFactorKind::Passkey);
        let least = match goal {
            StepGoal::Client(request) => Some(self.least_acr(request)?),
            StepGoal::Issuer(page) => page.map(ReturnPath::acr),
        };
        let is_code = |kind: &&SecondFactorKind| {
            **kind != SecondFactorKind::Passkey
                && !(has_passkey && least.is_some_and(|least| least > Acr::MultiFactor))
        };
        Ok(AskedFactors {
            return_to: goal.return_to().cloned(),
            codes: kinds.iter().filter(is_code).copied().collect(),
            rp_id: self
                .passkeys
                .config
                .rp_id()
                .filter(|_| has_passkey)
                .map(str::to_owned),
        })
    }

    /// The page that asks for the code of `kind`, or for the first kind of code, and for a passkey.
    pub(super) fn second_factor_page(
        &self,
        language: &Language,
        continuation: &str,
        asked: &AskedFactors,
        kind: Option<SecondFactorKind>,
    ) -> SecondFactorPage {
        let kind = kind.filter(|kind| asked.codes.contains(kind));
        let kind = kind.or(asked.codes.first().copied());
        let button = asked.rp_id.clone().map(|rp_id| {
            let challenge = Link::own(self.issuer(), CHALLENGE, []);
            let request = json!({ "continuation": continuation }).to_string();
            PasskeyButton::of_second_step(challenge, request, rp_id)
        });
        let return_to = asked.return_to.iter().flat_map(ReturnPath::parameters);
        let query = language.kept().into_iter().chain(return_to);
        let action = Link::own(self.issuer(), PATH, query);
        SecondFactorPage::new(
            action,
            continuation.to_owned(),
            (kind, &asked.codes),
            button,
        )
    }
}
