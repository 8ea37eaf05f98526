//! Why a mailed link does nothing.

use super::TokenRejection;

/// Why a link was refused. For logs and metrics; no answer tells them apart, but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum LinkRejection {
    /// The token in it.
    Token(#[from] TokenRejection),
    /// The address has got a user since, by another link.
    Taken,
    /// What it was to change is no longer as it was: by this link, another, or otherwise.
    Used,
    /// It is good, but opened elsewhere than where it was asked for. It stays good.
    Elsewhere,
}

impl LinkRejection {
    /// Whether it is our own trouble: see [`TokenRejection::is_ours`].
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Token(rejected) if rejected.is_ours())
    }

    /// It in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.as_str(),
            Self::Taken => "address taken",
            Self::Used => "used",
            Self::Elsewhere => "opened elsewhere",
        }
    }
}
