//! The reasons why the server cannot be used.

use std::time::Duration;

use redis::{ErrorKind, RedisError};

use crate::connect::innermost;

/// The longest code of an error that is shown, in characters.
const MAX_CODE: usize = 32;

/// Parts of the answers of servers to a script that may not run a command.
const SCRIPT_REFUSALS: [&str; 2] = ["executing the script can't run", "ACL failure in script"];

/// The server cannot be used. No text quotes a user or a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerFault {
    /// No connection was established, or it broke. The server may be down.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server does not answer in time.
    #[error("the server does not answer within {0:?} (coordination.timeout)")]
    Slow(Duration),
    /// Another protocol is spoken there.
    #[error(
        "the server does not speak the protocol of Redis: the URL names another service, or TLS is needed (rediss://)"
    )]
    OtherProtocol,
    /// The certificate of the server is not trusted, or not valid for the host of the URL.
    #[error(
        "the server cannot be verified: {0}; add its CA to the CA certificates of this machine or to the file of \
         SSL_CERT_FILE, and write a host of its certificate into the URL"
    )]
    Certificate(String),
    /// The server refuses the user or the password, or demands one.
    #[error("the server refuses the user or the password of the URL: {0}")]
    Login(String),
    /// The user may not run a command.
    #[error(
        "the user of the URL may not run a command that is needed: allow +ping, +set, +get, +del, +eval, +evalsha and \
         +time for the keys {0}*"
    )]
    Permission(String),
    /// The code of any other answer, such as `LOADING` of a server that is loading its data.
    #[error("the server answers with the error {0}")]
    Other(String),
}

impl ServerFault {
    /// Returns whether the configuration is at fault, so that time does not heal it.
    pub fn is_permanent(&self) -> bool {
        matches!(
            self,
            Self::OtherProtocol | Self::Certificate(_) | Self::Login(_) | Self::Permission(_)
        )
    }

    pub(super) fn of(error: &RedisError, prefix: &str) -> Self {
        let code = error.code().unwrap_or_default();
        match error.kind() {
            ErrorKind::Parse => Self::OtherProtocol,
            // The text of the answer may repeat what was sent.
            ErrorKind::AuthenticationFailed => Self::Login(error.category().to_owned()),
            _ if ["NOAUTH", "WRONGPASS"].contains(&code) => Self::Login(code.to_owned()),
            _ if code == "NOPERM" => Self::Permission(prefix.to_owned()),
            // A command that a script may not run has another code.
            _ if error
                .detail()
                .is_some_and(|it| SCRIPT_REFUSALS.iter().any(|part| it.contains(part))) =>
            {
                Self::Permission(prefix.to_owned())
            }
            ErrorKind::Io => Self::Unreachable(innermost(error).to_string()),
            _ if code.is_empty() => Self::Other(error.category().to_owned()),
            _ => Self::Other(shown_code(code)),
        }
    }
}

/// Returns the code of an error as it is shown: the server may answer anything.
fn shown_code(code: &str) -> String {
    let code = code.chars().take(MAX_CODE);
    code.filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use redis::make_extension_error;

    use super::*;

    #[test]
    fn answers_of_the_server_are_not_quoted() {
        let of = |code: &str, text: &str| {
            let error = make_extension_error(code.to_owned(), Some(text.to_owned()));
            ServerFault::of(&error, "signet:")
        };
        let permission = ServerFault::Permission("signet:".to_owned());
        assert_eq!(of("NOPERM", "secret"), permission);
        let script = "The user executing the script can't run this command or subcommand script";
        assert_eq!(of("ERR", script), permission);
        let text = of("BAD\u{1b}CODE", "secret").to_string();
        assert_eq!(text, "the server answers with the error BADCODE");
        let long = of(&"A".repeat(1000), "x");
        assert_eq!(long, ServerFault::Other("A".repeat(MAX_CODE)));
    }
}
