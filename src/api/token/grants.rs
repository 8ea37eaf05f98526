//! The parameters and errors of the grants that begin no session.

use crate::{
    client::Scope,
    dpop::PresentedProof,
    http::{
        extract::Form,
        problem::{Code, Problem, from_domain},
    },
    oauth::{ACCESS_TOKEN_TYPE, ClientCredentialsError, ExchangeRequest, TokenExchangeError},
};

/// A JWT access token, by the other name that RFC 8693 §3 gives it.
const JWT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Reads the parameters of an exchange (RFC 8693 §2.1).
///
/// # Errors
/// A parameter is missing, names an unsupported type, or is not supported at all.
pub(super) fn exchange_request<'a>(
    form: &'a Form,
    scope: Option<&'a Scope>,
    proof: &'a PresentedProof,
) -> Result<ExchangeRequest<'a>, Problem> {
    let invalid = |title| Err(Problem::new(Code::InvalidRequest).title(title));
    if form.get("actor_token").is_some() {
        return invalid("actor_token is not supported: the actor is the authenticated client.");
    }
    let subject_token_type = form.require("subject_token_type")?;
    check_type("subject_token_type", subject_token_type)?;
    if let Some(requested) = form.get("requested_token_type") {
        check_type("requested_token_type", requested)?;
    }
    let audience = match (form.get("audience"), form.get("resource")) {
        (Some(audience), None) | (None, Some(audience)) => audience,
        (None, None) => form.require("audience")?,
        (Some(_), Some(_)) => return invalid("audience and resource cannot be used together."),
    };
    Ok(ExchangeRequest {
        subject_token: form.require("subject_token")?,
        audience,
        scope,
        proof,
    })
}

/// # Errors
/// The type is not that of an access token.
fn check_type(field: &str, given: &str) -> Result<(), Problem> {
    if [ACCESS_TOKEN_TYPE, JWT_TYPE].contains(&given) {
        return Ok(());
    }
    let problem = Problem::new(Code::InvalidRequest).of_field(field);
    Err(problem.detail("must be the type of an access token"))
}

/// The answer to a client that obtains no token for itself.
pub(super) fn of_client_credentials(error: ClientCredentialsError) -> Problem {
    match error {
        ClientCredentialsError::Scope => from_domain::scope_too_wide(),
        ClientCredentialsError::Target => Problem::new(Code::InvalidTarget),
        ClientCredentialsError::Proof(error) => error.into(),
        ClientCredentialsError::Internal(fault) => fault.into(),
    }
}

/// The answer to a client whose token is not exchanged (RFC 8693 §2.2.2).
pub(super) fn of_exchange(error: TokenExchangeError) -> Problem {
    match error {
        TokenExchangeError::Subject(reason) => from_domain::invalid_subject_token(reason),
        TokenExchangeError::Target => Problem::new(Code::InvalidTarget),
        TokenExchangeError::Scope => from_domain::scope_too_wide(),
        TokenExchangeError::TooManyActors => Problem::new(Code::InvalidRequest)
            .title("The subject token has been exchanged too often: a chain has at most 3 actors."),
        TokenExchangeError::Proof(error) => error.into(),
        TokenExchangeError::Internal(fault) => fault.into(),
    }
}
