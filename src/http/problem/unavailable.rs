//! Problems of the service itself. The response does not name the cause.

use super::{Code, Problem, ProblemExtension};
use crate::{mail::MailUnavailable, token::TokenRejection};

/// The cause of an internal error. It is an extension of the response, and the request log writes it at most once a minute.
#[derive(Debug, Clone)]
pub(crate) struct FailureCause {
    pub(crate) cause: String,
    /// The cause of the cause, or an empty text.
    pub(crate) source: String,
}

impl Problem {
    /// An internal error, after which the client may retry. The request log has the cause, which is not part of the
    /// response.
    pub(crate) fn failed(cause: &(dyn std::error::Error + 'static)) -> Self {
        let source = cause.source().map(ToString::to_string);
        let failure = FailureCause {
            cause: cause.to_string(),
            source: source.unwrap_or_default(),
        };
        let mut problem = Self::unavailable();
        problem.extra = Some(Box::new(ProblemExtension::Failure(failure)));
        problem
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
