//! Why a login by a provider comes to nothing: whoever's fault it is.

use std::time::Duration;

use super::super::discovery::ProviderUnavailable;
use crate::{
    entropy, fetch,
    json::foreign::ForeignDocumentError,
    mail, store,
    token::{MintError, SpendError, TokenRejection},
};

/// Why nobody was let in. For logs and metrics; answers say little of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum ProviderLoginRejection {
    /// The state, a link or a challenge is no good.
    Sealed(TokenRejection),
    /// There is none.
    NoState,
    /// It is of a login at another provider.
    OtherProvider,
    /// It is of another client.
    OtherClient,
    /// It began in another browser.
    OtherBrowser,
    /// It was used before.
    Spent,
    /// What the client may be answered at has changed since.
    RedirectUri,
    /// The answer is another issuer's (RFC 9207), or does not say whose.
    Issuer,
    /// The answer has no code.
    NoCode,
    /// The provider gives nothing for the code.
    Code,
    /// The provider's answer lacks what it must have.
    Answer,
    /// The ID token is no good.
    IdToken(TokenRejection),
    /// What the provider says of the person is of another person.
    OtherPerson,
    /// The provider does not give ID tokens.
    NoIdTokens,
    /// The person is disabled.
    Disabled,
}

impl ProviderLoginRejection {
    /// It in words.
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
            Self::Disabled => "disabled",
        }
    }
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was presented is not good enough.
    #[error("refused: {0}")]
    Refused(ProviderLoginRejection),
    /// The account is new, and nobody vouches for an address of the person.
    #[error("an address is required")]
    AddressRequired,
    /// The account is new, and the address has a user: the person has to log in as usual and link it.
    #[error("log in and link")]
    LogInAndLink,
    /// The provider's trouble.
    #[error("the provider {0}")]
    Trouble(#[from] ProviderFault),
    /// Our trouble: the state, a link or a challenge that this node cannot judge. See
    /// [`TokenRejection::is_ours`].
    #[error("the token cannot be verified now: {0}")]
    Unjudged(TokenRejection),
    /// Our trouble: the database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Our trouble: minting.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// Our trouble: randomness.
    #[error(transparent)]
    Entropy(#[from] entropy::EntropyError),
    /// Our trouble: no mail.
    #[error(transparent)]
    Mail(#[from] mail::MailUnavailable),
    /// Our trouble: more logins at once than can be remembered.
    #[error("too many logins finish at once")]
    Busy,
}

impl From<SpendError> for Error {
    fn from(not_spent: SpendError) -> Self {
        match not_spent {
            SpendError::Before => ProviderLoginRejection::Spent.into(),
            SpendError::Full => Self::Busy,
        }
    }
}

impl From<ProviderLoginRejection> for Error {
    fn from(refused: ProviderLoginRejection) -> Self {
        Self::Refused(refused)
    }
}

/// Why a provider cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderFault {
    /// It gives no metadata or no keys.
    #[error(transparent)]
    Discovery(#[from] ProviderUnavailable),
    /// It gives no answer.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    /// It answers with such a status.
    #[error("responds with {0}")]
    Status(u16),
    /// As many are asking it as may.
    #[error("has reached its limit of concurrent requests")]
    Crowded,
    /// No request can be made of what we have to send it.
    #[error("cannot be sent a request")]
    Request,
    /// Its answer lacks something that is required.
    #[error("sends an unusable response: {0}")]
    Unreadable(#[from] ForeignDocumentError),
    /// It does not take us for who we are: a fault of configuration.
    #[error("rejects the client credentials")]
    Credentials,
}

impl Error {
    /// Whether nobody was let in by a fault of ours, or of the provider.
    pub fn is_ours(&self) -> bool {
        !matches!(
            self,
            Self::Refused(_) | Self::AddressRequired | Self::LogInAndLink
        )
    }

    /// Whether the attempt stays charged to the network: what was presented is not good enough, or the
    /// provider failed while it was asked. Faults of this service and of its configuration cost nothing,
    /// nor does an answer for which no provider was asked.
    pub fn is_charged(&self) -> bool {
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
            | Self::Unjudged(_)
            | Self::AddressRequired
            | Self::LogInAndLink
            | Self::Store(_)
            | Self::Mint(_)
            | Self::Entropy(_)
            | Self::Mail(_)
            | Self::Busy => false,
        }
    }
}

impl ProviderFault {
    /// When it will be asked again, where that is known: before then, the answer is the same.
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
