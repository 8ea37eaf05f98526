//! Why there is no answer.

use super::{MAX_BYTES, resolve::NotPublic};

/// Why there is no answer. None of it says what was asked: a URL may hold what is nobody's business.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody may be asked by that address.
    #[error("{0}")]
    NotAdmitted(#[from] NotAdmitted),
    /// Not within the time.
    #[error("does not answer in time")]
    TimedOut,
    /// A redirect; none is followed.
    #[error("redirects")]
    Redirected,
    /// More than anybody needs.
    #[error("answers with more than {MAX_BYTES} bytes")]
    TooLong,
    /// TLS cannot be set up: nobody can be asked.
    #[error("cannot be asked without TLS")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No connection, or a broken one.
    #[error("cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// Neither https nor, on this machine, http.
    #[error("is at no https URL")]
    Scheme,
    /// A name or a password is in it.
    #[error("is at a URL with a user or a password")]
    UserInfo,
    /// What follows `#` goes to nobody.
    #[error("is at a URL with a fragment")]
    Fragment,
    /// On this machine, in a private network, and the like.
    #[error("is at an address that is not public")]
    Private,
}

impl Error {
    pub(super) fn of(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let error = error.without_url();
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(it) = cause {
            if it.is::<NotPublic>() {
                return NotAdmitted::Private.into();
            }
            cause = it.source();
        }
        Self::Unreachable(error.into())
    }
}
