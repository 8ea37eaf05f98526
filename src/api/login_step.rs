//! The end of every login by the API: tokens, or the question for a second factor.

use chrono::{DateTime, Utc};

use super::token_response::TokenResponse;
use crate::{
    app::App,
    client::{Acr, Client, Scope},
    dpop::Possession,
    http::problem::Problem,
    identity::{FirstFactor, LoginStep},
    internal::InternalError,
};

/// Logs in a user who has proven the first factor.
///
/// # Errors
/// `second_factor_required`, the client may not have the scope or requires a stronger login, or the service fails.
pub(super) fn complete(
    app: &App,
    first: FirstFactor,
    (client, scope): (&Client, Option<&Scope>),
    possession: Possession,
    now: DateTime<Utc>,
) -> Result<TokenResponse, Problem> {
    let sessions = &app.sessions;
    let is_enough = Acr::of(&first.amr()) >= client.min_acr;
    match first.next(is_enough) {
        LoginStep::Done(verified) => {
            let session = sessions.sign_in(&verified, client, scope, possession, now)?;
            Ok(session.into())
        }
        LoginStep::SecondFactor(first) => {
            sessions.check_scope(client, scope)?;
            let login = (scope.cloned(), None);
            let pending = app
                .second_factors
                .ask(&first, &client.client_id, login, now);
            let pending = pending.map_err(InternalError::from)?;
            Err(Problem::second_factor_required(pending))
        }
    }
}
