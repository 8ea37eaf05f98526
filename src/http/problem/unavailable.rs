//! Problems of the service itself, each logged here, once. The response does not name the cause.

use super::{Code, Problem};
use crate::{mail::MailUnavailable, token::TokenRejection};

impl Problem {
    /// An internal error, after which the client may retry. The cause is logged here, once, and is not part of the
    /// response.
    pub(crate) fn trouble(cause: &(dyn std::error::Error + 'static)) -> Self {
        let source = cause.source().map(tracing::field::display);
        tracing::error!(cause = %cause, source, "a request failed");
        Self::unavailable()
    }

    /// A token that this node cannot verify yet: its `kid` names a secret that this node has not read (any client
    /// can write such a `kid`), or the clocks of two nodes differ. The token verification has logged a warning.
    pub(crate) fn lagging(rejected: TokenRejection) -> Self {
        tracing::debug!(cause = %rejected, "a token could not be verified now");
        Self::unavailable()
    }

    /// A request sends an email, and no mail server is configured. A retry does not help. A warning at the start names
    /// the setting.
    pub(crate) fn mail_not_configured(cause: MailUnavailable) -> Self {
        tracing::debug!(%cause, "refused a request that sends an email");
        Self::new(Code::MailNotConfigured)
    }

    fn unavailable() -> Self {
        Self::new(Code::Unavailable)
    }

    /// The queue of password operations is full.
    pub(crate) fn overloaded() -> Self {
        tracing::warn!("refused a request: the password queue is full");
        Self::new(Code::Overloaded)
    }

    /// The coordination server cannot be used, and the configuration demands it. That is counted and logged elsewhere.
    pub(crate) fn uncoordinated() -> Self {
        Self::new(Code::Unavailable)
    }

    /// The maximum number of concurrent requests is reached.
    pub(crate) fn crowded() -> Self {
        tracing::warn!("refused a request: too many requests are in progress");
        Self::new(Code::Overloaded)
    }
}
