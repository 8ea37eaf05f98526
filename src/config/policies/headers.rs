//! The names of the headers with the identity of the user.

use http::HeaderName;

use crate::config::reader::SettingReader;

/// Headers that describe a message or a connection, and those that Signet sets in responses. An identity in one of
/// them would change how it is read.
const RESERVED: &[&str] = &[
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cookie",
    "date",
    "dpop-nonce",
    "etag",
    "host",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-request-id",
];

/// The names of the headers with the identity of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityHeaders {
    /// The header of the `sub`.
    pub user: HeaderName,
    /// The header of the verified email.
    pub email: HeaderName,
    /// The header of the name.
    pub name: HeaderName,
    /// The header of the groups.
    pub groups: HeaderName,
}

impl IdentityHeaders {
    pub(super) fn read(reader: &mut SettingReader, prefix: &str) -> Self {
        let mut given: Vec<HeaderName> = Vec::new();
        let mut header = |key: &str, default: &'static str| {
            let setting = format!("{prefix}.{key}");
            let origin = reader.origin(&setting);
            let header = reader.declared(&setting, header_name);
            let header = header.unwrap_or(HeaderName::from_static(default));
            if given.contains(&header) {
                let problem = "is also the name of another identity header: choose another name";
                reader.fault(&setting, &origin, problem.to_owned());
            }
            given.push(header.clone());
            header
        };
        Self {
            user: header("user", "remote-user"),
            email: header("email", "remote-email"),
            name: header("name", "remote-name"),
            groups: header("groups", "remote-groups"),
        }
    }
}

fn header_name(text: &str) -> Result<HeaderName, &'static str> {
    let name = HeaderName::try_from(text).map_err(|_| "must be the name of an HTTP header")?;
    // Servers of the CGI kind cannot distinguish `_` from `-`.
    if text.contains('_') {
        Err("must not contain _, which many servers read as -")
    } else if RESERVED.contains(&name.as_str()) {
        Err("must not be a header that HTTP or Signet uses")
    } else {
        Ok(name)
    }
}
