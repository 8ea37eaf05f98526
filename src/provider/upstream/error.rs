//! The errors of a login with a provider.

use std::time::Duration;

use super::super::discovery::ProviderUnavailable;
use crate::{
    fetch,
    internal::{InternalError, convert_faults},
    json::foreign::ForeignDocumentError,
    limits::RateLimited,
    token::{SpendError, TokenRejection},
};

/// A reason why a login is refused. Logs and metrics show it; responses reveal little of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum ProviderLoginRejection {
    /// The state, a link or a challenge is invalid.
    Sealed(TokenRejection),
    /// The response has no state.
    NoState,
    /// The token belongs to a login at another provider.
    OtherProvider,
    /// The token belongs to another client.
    OtherClient,
    /// The login started in another browser.
    OtherBrowser,
    /// The token was used before.
    Spent,
    /// The client no longer has the redirect URI.
    RedirectUri,
    /// The response belongs to another issuer or lacks its issuer (RFC 9207).
    Issuer,
    /// The response has no code.
    NoCode,
    /// The provider refuses the code.
    Code,
    /// The provider's response lacks a required token or has tokens of an unknown type.
    Answer,
    /// The ID token is invalid.
    IdToken(TokenRejection),
    /// The profile of the provider belongs to another user.
    OtherPerson,
    /// The provider does not issue ID tokens.
    NoIdTokens,
    /// Another user than that of the ID token hint has logged in.
    OtherUser,
    /// The user is disabled.
    Disabled,
}

impl ProviderLoginRejection {
    /// Returns the reason as a word for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sealed(rejected) | Self::IdToken(rejected) => rejected.as_str(),
            Self::NoState => "no state",
            Self::OtherProvider => "other provider",
            Self::OtherClient => "other client",
            Self::OtherBrowser => "other browser",
            Self::Spent => "spent",
            Self::RedirectUri => "redirect uri",
            Self::Issuer => "issuer",
            Self::NoCode => "no code",
            Self::Code => "code",
            Self::Answer => "answer",
            Self::OtherPerson => "other person",
            Self::NoIdTokens => "no id tokens",
            Self::OtherUser => "other user",
            Self::Disabled => "disabled",
        }
    }
}

/// A reason why a login with a provider failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The login is refused.
    #[error("refused: {0}")]
    Refused(ProviderLoginRejection),
    /// The account is new and has no verified email.
    #[error("an address is required")]
    AddressRequired,
    /// The account is new, and its email belongs to a user. The user must log in and link the account.
    #[error("log in and link")]
    LogInAndLink,
    /// The provider failed.
    #[error("the provider {0}")]
    Trouble(#[from] ProviderFault),
    /// A rate limit is reached.
    #[error("rate limited")]
    Limited(RateLimited),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(limited Error);

impl From<SpendError> for Error {
    fn from(not_spent: SpendError) -> Self {
        match InternalError::unrecordable(not_spent) {
            Some(fault) => Self::Internal(fault),
            None => ProviderLoginRejection::Spent.into(),
        }
    }
}

impl From<ProviderLoginRejection> for Error {
    fn from(refused: ProviderLoginRejection) -> Self {
        Self::Refused(refused)
    }
}

/// A failure of a request to a provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderFault {
    /// The provider publishes no usable metadata or keys.
    #[error(transparent)]
    Discovery(#[from] ProviderUnavailable),
    /// The provider does not respond.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    /// The provider responds with this status.
    #[error("responds with {0}")]
    Status(u16),
    /// The limit of concurrent logins at the provider is reached.
    #[error("has reached its limit of concurrent requests")]
    Crowded,
    /// The request cannot be built.
    #[error("cannot be sent a request")]
    Request,
    /// The response lacks a required member.
    #[error("sends an unusable response: {0}")]
    Unreadable(#[from] ForeignDocumentError),
    /// The provider refuses the client credentials: a fault of the configuration.
    #[error("rejects the client credentials")]
    Credentials,
}

impl Error {
    /// Returns whether the service or the provider is at fault. Then the limits of mails and of link
    /// confirmations are given back.
    pub(super) fn is_fault(&self) -> bool {
        match self {
            Self::Trouble(_) | Self::Internal(_) => true,
            Self::Refused(_) | Self::AddressRequired | Self::LogInAndLink | Self::Limited(_) => {
                false
            }
        }
    }

    /// Returns whether the attempt stays charged to the network: the login was refused, or the provider failed
    /// during a request. Faults of this service and of its configuration are not charged, nor are attempts for
    /// which no request was sent to a provider.
    pub(super) fn is_charged(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::Trouble(
                ProviderFault::Fetch(_) | ProviderFault::Status(_) | ProviderFault::Unreadable(_),
            ) => true,
            Self::Trouble(
                ProviderFault::Discovery(_)
                | ProviderFault::Crowded
                | ProviderFault::Request
                | ProviderFault::Credentials,
            )
            | Self::AddressRequired
            | Self::LogInAndLink
            | Self::Limited(_)
            | Self::Internal(_) => false,
        }
    }
}

impl ProviderFault {
    /// Returns the time until the next request to the provider, if it is known. The result is the same before.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Discovery(unavailable) => Some(unavailable.retry_after),
            Self::Fetch(_)
            | Self::Status(_)
            | Self::Crowded
            | Self::Request
            | Self::Unreadable(_)
            | Self::Credentials => None,
        }
    }
}
