//! The errors of requests to other servers.

use std::{error::Error as Source, fmt};

use super::MAX_BYTES;
use crate::connect::{ResolveError, TlsConnectError};

/// A request has no response.
///
/// The messages contain neither the URL nor any other part of the request, because these may hold
/// secrets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Requests to the URL are not allowed.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The request took longer than the timeout.
    #[error("does not respond in time")]
    TimedOut(#[source] TimedOut),
    /// The response is a redirect. Redirects are not followed.
    #[error("redirects")]
    Redirected,
    /// The response body is longer than [`MAX_BYTES`].
    #[error("responds with more than {MAX_BYTES} bytes")]
    TooLong,
    /// TLS cannot be set up, so no request can be sent.
    #[error("cannot be reached without TLS")]
    Tls(#[source] Box<dyn Source + Send + Sync>),
    /// The connection failed or broke, or the response is malformed.
    #[error("cannot be reached")]
    Unreachable(#[source] Box<dyn Source + Send + Sync>),
}

/// The step of a request that timed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimedOut {
    /// The look-up of the name.
    Name,
    /// The TCP connection.
    Connection,
    /// The TLS handshake.
    Handshake,
    /// The response.
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

/// The reason why requests to a URL are not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// The scheme is neither https nor, for a server on this machine, http.
    #[error("has a URL that is not https")]
    Scheme,
    /// The URL contains a user name or a password.
    #[error("has a URL with a user or a password")]
    UserInfo,
    /// The URL contains a fragment, which is never sent to a server.
    #[error("has a URL with a fragment")]
    Fragment,
    /// The IP address is not public: it belongs to this machine, to a private network or to another
    /// special-purpose range. `outbound.allow` does not name it.
    #[error("has an address that is not public and not in outbound.allow")]
    Private,
}

impl Error {
    /// Wraps `cause` in [`Error::Unreachable`].
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
