//! Providers: who verifies that a person is who they claim to be. Each ends in a [`Verified`].
//!
//! [`Verified`]: crate::identity::Verified

pub mod discovery;
mod login_link;
mod password;
mod sign_up;
mod upstream;

pub use self::{
    login_link::{LoginLink, LoginLinkProvider},
    password::PasswordProvider,
    sign_up::{OpenedSignUp, SignUpProvider},
    upstream::{
        AuthorizationRedirect, AuthorizationResponse, Challenge, EmailStep, Error as UpstreamError,
        LoginOutcome, MissingEmail, PendingLogin, PresentedIdToken, ProviderFault,
        ProviderLoginRejection as UpstreamRefused, Upstream, UpstreamParts, Upstreams,
        sealed_kinds,
    },
};
use crate::{
    entropy, limits, mail,
    password::{HashingError, WeakPassword},
    store,
    token::{LinkRejection, MintError},
};

/// Why nobody was verified.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// That address and that password do not belong together, for whatever reason.
    #[error("refused: {0}")]
    Refused(PasswordRejection),
    /// A limit is reached.
    #[error("rate limited")]
    Limited(limits::RateLimited),
    /// The link is no good.
    #[error("refused: link {0}")]
    Link(LinkRejection),
    /// The new password is too weak.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Our trouble: the pool.
    #[error(transparent)]
    Hashing(#[from] HashingError),
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
}

/// Why a password was refused. For logs and metrics; no answer tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum PasswordRejection {
    /// Nobody has that address.
    UnknownAddress,
    /// The person has no password.
    NoPassword,
    /// It is another.
    WrongPassword,
    /// It is right, but the person is disabled.
    Disabled,
}

impl PasswordRejection {
    /// It in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAddress => "unknown address",
            Self::NoPassword => "no password",
            Self::WrongPassword => "wrong password",
            Self::Disabled => "disabled",
        }
    }
}

impl Error {
    /// Whether nobody was verified by a fault of ours alone.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Limited(_) | Self::Weak(_) => false,
            Self::Link(refused) => refused.is_ours(),
            Self::Hashing(_)
            | Self::Store(_)
            | Self::Mint(_)
            | Self::Entropy(_)
            | Self::Mail(_) => true,
        }
    }
}

impl From<PasswordRejection> for Error {
    fn from(refused: PasswordRejection) -> Self {
        Self::Refused(refused)
    }
}

impl From<limits::RateLimited> for Error {
    fn from(refused: limits::RateLimited) -> Self {
        Self::Limited(refused)
    }
}

impl From<LinkRejection> for Error {
    fn from(refused: LinkRejection) -> Self {
        Self::Link(refused)
    }
}
