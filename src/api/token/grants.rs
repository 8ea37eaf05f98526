//! The parameters and errors of the grants that begin no session.

use crate::{
    client::Scope,
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
) -> Result<ExchangeRequest<'a>, Problem> {
    let invalid = |title| Err(Problem::new(Code::InvalidRequest).title(title));
    if form.get("actor_token").is_some() {
        return invalid("actor_token is not supported: the actor is the authenticated client.");
    }
    let subject_token_type = form.require("subject_token_type")?;
    if ![ACCESS_TOKEN_TYPE, JWT_TYPE].contains(&subject_token_type) {
        return invalid("subject_token_type must be that of an access token.");
    }
    let requested = form.get("requested_token_type");
    if requested.is_some_and(|it| ![ACCESS_TOKEN_TYPE, JWT_TYPE].contains(&it)) {
        return invalid("requested_token_type must be that of an access token.");
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
    })
}

/// The answer to a client that obtains no token for itself.
pub(super) fn of_client_credentials(error: ClientCredentialsError) -> Problem {
    match error {
        ClientCredentialsError::Scope => from_domain::scope_too_wide(),
        ClientCredentialsError::Target => Problem::new(Code::InvalidTarget),
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
        TokenExchangeError::Internal(fault) => fault.into(),
    }
}
