//! Why there is no answer.

use std::{error::Error as Source, fmt};

use super::MAX_BYTES;
use crate::connect::{ResolveError, TlsConnectError};

/// Why there is no answer. None of it says what was asked: a URL may hold what is nobody's business.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody may be asked by that address.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Not within the time.
    #[error("does not respond in time")]
    TimedOut(#[source] TimedOut),
    /// A redirect; none is followed.
    #[error("redirects")]
    Redirected,
    /// More than anybody needs.
    #[error("responds with more than {MAX_BYTES} bytes")]
    TooLong,
    /// TLS cannot be set up: nobody can be asked.
    #[error("cannot be reached without TLS")]
    Tls(#[source] Box<dyn Source + Send + Sync>),
    /// No connection, or a broken one.
    #[error("cannot be reached")]
    Unreachable(#[source] Box<dyn Source + Send + Sync>),
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimedOut {
    /// The look-up of the name.
    Name,
    /// The connection.
    Connection,
    /// The TLS handshake.
    Handshake,
    /// The answer.
    Answer,
}

impl Source for TimedOut {}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "the look-up of the name timed out: no name server responds",
            Self::Connection => "the connection timed out: no address of the name accepts it",
            Self::Handshake => "the TLS handshake timed out",
            Self::Answer => "the response timed out",
        })
    }
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// Neither https nor, on this machine, http.
    #[error("has a URL that is not https")]
    Scheme,
    /// A name or a password is in it.
    #[error("has a URL with a user or a password")]
    UserInfo,
    /// What follows `#` goes to nobody.
    #[error("has a URL with a fragment")]
    Fragment,
    /// On this machine, in a private network, and the like.
    #[error("has an address that is not public")]
    Private,
}

impl Error {
    pub(super) fn unreachable(cause: impl Source + Send + Sync + 'static) -> Self {
        Self::Unreachable(Box::new(cause))
    }
}

impl From<ResolveError> for Error {
    fn from(cause: ResolveError) -> Self {
        Self::unreachable(cause)
    }
}

impl From<TlsConnectError> for Error {
    fn from(cause: TlsConnectError) -> Self {
        Self::unreachable(cause)
    }
}

impl From<hyper::Error> for Error {
    fn from(cause: hyper::Error) -> Self {
        Self::unreachable(cause)
    }
}
