//! What becomes outside of a login by a provider, and of a code.

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

/// No provider of that name is configured.
pub(crate) fn unknown_provider() -> Problem {
    Problem::new(Code::UnknownProvider)
}

/// The person has logged in at the provider, and nobody vouches for an address.
fn address_required() -> Problem {
    Problem::new(Code::AddressRequired)
}

/// The address has a user who has not linked that account.
fn log_in_and_link() -> Problem {
    Problem::new(Code::LogInAndLink)
}

/// The request carries no login under way.
pub(crate) fn no_login() -> Problem {
    no_longer(UpstreamRefused::NoState)
}

/// A login that does not go on: one answer for every cause.
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

/// The provider did not prove the claimed identity: one answer for every cause.
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
            UpstreamError::Unjudged(rejected) => Self::lagging(rejected),
            UpstreamError::AddressRequired => address_required(),
            UpstreamError::LogInAndLink => log_in_and_link(),
            UpstreamError::Trouble(trouble) => {
                Self::new(Code::ProviderUnavailable).again_after(trouble.retry_after())
            }
            UpstreamError::Busy => Self::crowded(),
            UpstreamError::Store(error) => Self::trouble(&error),
            UpstreamError::Mint(error) => Self::trouble(&error),
            UpstreamError::Entropy(error) => Self::trouble(&error),
            UpstreamError::Mail(error) => Self::trouble(&error),
        }
    }
}

impl From<UnredirectableError> for Problem {
    fn from(error: UnredirectableError) -> Self {
        match error {
            UnredirectableError::Client(no_client) => no_client.into(),
            UnredirectableError::NoRedirectUri | UnredirectableError::RedirectUri => {
                Self::new(Code::InvalidRedirectUri)
                    .of_field("redirect_uri")
                    .detail(error.to_string())
            }
        }
    }
}

/// A code at the token endpoint: one answer for every cause (RFC 6749 §5.2).
pub(crate) fn of_code(error: oauth::Error) -> Problem {
    of(error, from_domain::invalid_grant, |refused| {
        let title = "The authorization code is invalid, expired or already used.";
        let answer = Problem::new(Code::InvalidGrant)
            .title(title)
            .challenge(BEARER);
        refuse(AuditAction::Login, refused.as_str(), answer)
    })
}

/// A code that should stand for an account. Not `invalid_grant`: nobody is to sign out for it.
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
        oauth::Error::Refused(oauth::CodeRejection::Token(rejected)) if rejected.is_ours() => {
            Problem::lagging(rejected)
        }
        oauth::Error::Refused(refused) => refusal(refused),
        oauth::Error::Client(no_client) => no_client.into(),
        oauth::Error::Session(error) => of_session(error, of_ended),
        oauth::Error::Store(error) => Problem::trouble(&error),
        oauth::Error::Busy => Problem::crowded(),
    }
}
