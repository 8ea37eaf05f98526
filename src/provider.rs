//! Login providers, which verify a user's identity: by password, by a mailed link, by a passkey, or at an upstream
//! provider. Each returns a [`Verified`] user.
//!
//! [`Verified`]: crate::identity::Verified

pub mod discovery;
mod login_code;
mod login_link;
mod migration;
mod passkey;
mod password;
mod sign_up;
mod upstream;

pub use self::{
    login_code::{InvalidLoginCode, LoginCode, PresentedLoginCode},
    login_link::{LoginLink, LoginLinkProvider, RequestedLink},
    migration::{Migration, MigrationFault},
    passkey::{
        LoginChallenge, PasskeyLoginRejection, PasskeyPlace, PasskeyProvider, PresentedPasskey,
        PresentedSecondStep,
    },
    password::PasswordProvider,
    sign_up::{Invitation, OpenedSignUp, SignUpProvider},
    upstream::{
        AuthorizationRedirect, AuthorizationResponse, Challenge, EmailStep, Error as UpstreamError,
        LoginOutcome, LoginPurpose, MissingEmail, PendingLogin, PresentedIdToken, ProviderFault,
        ProviderLoginRejection as UpstreamRefused, ReturnedLogin, SpentByProvider, Upstream,
        UpstreamParts, Upstreams, sealed_kinds,
    },
};
use crate::{
    internal::{InternalError, convert_faults},
    limits::RateLimited,
    password::WeakPassword,
    second_factor::ContinuationRejection,
    token::LinkRejection,
};

/// Why a user was not verified.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The email and the password do not match.
    #[error("refused: {0}")]
    Refused(#[from] PasswordRejection),
    /// A rate limit is reached.
    #[error("rate limited")]
    Limited(RateLimited),
    /// The mailed link is refused.
    #[error("refused: link {0}")]
    Link(#[from] LinkRejection),
    /// The login with a passkey is refused.
    #[error("refused: passkey {0}")]
    Passkey(PasskeyLoginRejection),
    /// The login cannot go on with its second step.
    #[error("refused: continuation {0}")]
    Continuation(#[from] ContinuationRejection),
    /// The new password is too weak.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The service of `migration.verify_url` failed.
    #[error(transparent)]
    Migration(#[from] MigrationFault),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(limited Error, |rejected| Self::Link(LinkRejection::Token(rejected)));

impl Error {
    /// Returns whether the service, or the service that users move from, is at fault. Then rate limits are given
    /// back.
    fn is_internal(&self) -> bool {
        matches!(self, Self::Internal(_) | Self::Migration(_))
    }
}

/// Why a password was refused. For logs and metrics: the response is the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum PasswordRejection {
    /// No user has the email.
    UnknownAddress,
    /// The user has no password.
    NoPassword,
    /// The password is wrong.
    WrongPassword,
    /// The password is right, but the user is disabled.
    Disabled,
}

impl PasswordRejection {
    /// The reason as logs and metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAddress => "unknown address",
            Self::NoPassword => "no password",
            Self::WrongPassword => "wrong password",
            Self::Disabled => "disabled",
        }
    }
}
