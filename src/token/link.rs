//! The reasons why a mailed link is refused.

use super::TokenRejection;

/// The reason why a link was refused. For logs and metrics: responses distinguish only [`Self::Elsewhere`] and
/// [`Self::TooManyCodes`], and the page of the code [`Self::WrongCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum LinkRejection {
    /// The token in the link is invalid.
    Token(#[from] TokenRejection),
    /// Another user has got the email since, by another link.
    Taken,
    /// The state that the link was to change has changed since, by this link or otherwise.
    Used,
    /// The link is valid, but was opened in another browser than the one that requested it. The link stays
    /// valid.
    Elsewhere,
    /// The code beside the link is wrong.
    WrongCode,
    /// Too many codes were tried with one challenge.
    TooManyCodes,
}

impl LinkRejection {
    /// Returns the reason in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.as_str(),
            Self::Taken => "address taken",
            Self::Used => "used",
            Self::Elsewhere => "opened elsewhere",
            Self::WrongCode => "wrong code",
            Self::TooManyCodes => "too many codes",
        }
    }
}
