//! The reasons why a login with a passkey is refused.

use crate::{passkey::PasskeyRejection, provider::Error, token::TokenRejection};

/// The reason why a login with a passkey was refused. For logs and metrics: the response is the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum PasskeyLoginRejection {
    /// The challenge is invalid or has expired.
    Challenge(TokenRejection),
    /// The challenge was made for another client.
    OtherClient,
    /// The challenge was made for another place: an app, a page of a client's login, or the login page of the issuer.
    OtherPlace,
    /// The caller does not have the secret of the challenge.
    OtherCaller,
    /// The challenge was used before.
    Spent,
    /// No user has the passkey.
    UnknownPasskey,
    /// The user has no such passkey among those that this release can read, and others that it cannot read.
    UnreadablePasskey,
    /// The answer of the authenticator is refused.
    Answer(PasskeyRejection),
    /// The user is disabled.
    Disabled,
    /// The counter has not risen, and the passkey cannot be on two devices.
    Cloned,
    /// A concurrent login has used the same value of the counter.
    Concurrent,
}

impl PasskeyLoginRejection {
    /// Returns the reason in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Challenge(rejected) => rejected.as_str(),
            Self::OtherClient => "other client",
            Self::OtherPlace => "other place",
            Self::OtherCaller => "other caller",
            Self::Spent => "spent",
            Self::UnknownPasskey => "unknown passkey",
            Self::UnreadablePasskey => "unreadable passkey",
            Self::Answer(rejected) => rejected.as_str(),
            Self::Disabled => "disabled",
            Self::Cloned => "cloned",
            Self::Concurrent => "concurrent",
        }
    }
}

impl From<PasskeyLoginRejection> for Error {
    fn from(refused: PasskeyLoginRejection) -> Self {
        Self::Passkey(refused)
    }
}
