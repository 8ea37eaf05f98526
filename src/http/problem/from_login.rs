//! Maps the errors of logins by a provider and of authorization codes to problems.

use crate::{
    audit::AuditAction,
    http::problem::{
        Code, Problem,
        from_domain::{self, BEARER, of_session, refuse},
    },
    oauth::{self, UnredirectableError},
    provider::{UpstreamError, UpstreamRefused},
    session,
};

/// The problem of an ID that no configured provider has.
pub(crate) fn unknown_provider() -> Problem {
    Problem::new(Code::UnknownProvider)
}

/// The problem of a new account whose provider has not verified an email.
fn address_required() -> Problem {
    Problem::new(Code::AddressRequired)
}

/// The problem of a new account whose email belongs to a user who has not linked it.
fn log_in_and_link() -> Problem {
    Problem::new(Code::LogInAndLink)
}

/// The problem of a request without a pending login.
pub(crate) fn no_login() -> Problem {
    no_longer(UpstreamRefused::NoState)
}

/// The problem of a pending login that cannot be resumed: the same for every reason.
pub(crate) fn not_resumed(error: UpstreamError) -> Problem {
    match error {
        UpstreamError::Refused(refused) => no_longer(refused),
        error => error.into(),
    }
}

fn no_longer(refused: UpstreamRefused) -> Problem {
    refuse(
        AuditAction::Login,
        refused.as_str(),
        Problem::new(Code::InvalidLogin),
    )
}

/// The problem of an identity that the provider did not prove: the same for every reason.
fn of_provider(refused: UpstreamRefused) -> Problem {
    let answer = Problem::new(Code::InvalidIdToken).challenge(BEARER);
    refuse(AuditAction::Login, refused.as_str(), answer)
}

impl From<UpstreamError> for Problem {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Refused(UpstreamRefused::NoIdTokens) => {
                let title = "This provider does not support login by ID token.";
                Self::new(Code::UnknownProvider).title(title)
            }
            UpstreamError::Refused(refused) => of_provider(refused),
            UpstreamError::AddressRequired => address_required(),
            UpstreamError::LogInAndLink => log_in_and_link(),
            UpstreamError::Trouble(trouble) => {
                Self::new(Code::ProviderUnavailable).again_after(trouble.retry_after())
            }
            UpstreamError::Limited(limit) => limit.into(),
            UpstreamError::Internal(fault) => fault.into(),
        }
    }
}

impl From<UnredirectableError> for Problem {
    fn from(error: UnredirectableError) -> Self {
        match error {
            UnredirectableError::Client(no_client) => no_client.into(),
            UnredirectableError::NoOpenIdRedirectUri => Self::new(Code::InvalidRequest)
                .of_field("redirect_uri")
                .detail(error.to_string()),
            UnredirectableError::NoRedirectUri | UnredirectableError::RedirectUri => {
                Self::new(Code::InvalidRedirectUri)
                    .of_field("redirect_uri")
                    .detail(error.to_string())
            }
        }
    }
}

/// The problem of a code at the token endpoint: the same for every reason (RFC 6749 §5.2).
pub(crate) fn of_code(error: oauth::Error) -> Problem {
    of(error, from_domain::invalid_grant, |refused| {
        let title = "The authorization code is invalid, expired or already used.";
        let answer = Problem::new(Code::InvalidGrant)
            .title(title)
            .challenge(BEARER);
        refuse(AuditAction::Login, refused.as_str(), answer)
    })
}

/// The problem of a code of an account. Not `invalid_grant`, on which clients sign out.
pub(crate) fn of_account_code(error: oauth::Error) -> Problem {
    of(error, from_domain::invalid_token, |refused| {
        refuse(
            AuditAction::AccountLink,
            refused.as_str(),
            Problem::new(Code::InvalidCode),
        )
    })
}

fn of(
    error: oauth::Error,
    of_ended: fn(session::SessionRefusal) -> Problem,
    refusal: fn(oauth::CodeRejection) -> Problem,
) -> Problem {
    match error {
        oauth::Error::Refused(refused) => refusal(refused),
        oauth::Error::Client(no_client) => no_client.into(),
        oauth::Error::Session(error) => of_session(error, of_ended),
        oauth::Error::Internal(fault) => fault.into(),
    }
}
