//! A token as it is written: JWS compact serialisation (RFC 7515 §7.1), with a header of exactly
//! three members where it is ours. Whoever mints or verifies tokens reads them by these lines.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::json::{self, UniqueMembers};

/// The longest token of any kind, in bytes; a longer one is refused before it is decoded.
pub const MAX_BYTES: usize = 8 * 1024;

/// Why a text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
    /// Not three parts of base64url.
    #[error("malformed")]
    Malformed,
    /// A header with other members than `alg`, `typ` and `kid`.
    #[error("header")]
    Header,
}

/// The whole header of every token of ours. Anything else in it, `crit`, `jku`, `jwk`, `b64`, is
/// refused by not being one of these.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenHeader<T = String> {
    /// What it is signed with (RFC 7515 §4.1.1).
    pub alg: T,
    /// What kind of token it is (§4.1.9).
    pub typ: T,
    /// By which key (§4.1.4).
    pub kid: T,
}

impl TokenHeader {
    /// Whether the token is of that type.
    pub fn is_of(&self, typ: &str) -> bool {
        is_type(&self.typ, typ)
    }
}

/// Compares media types as RFC 7515 §4.1.9 says: without regard to case, and with `application/`
/// understood where it was left out.
pub fn is_type(given: &str, typ: &str) -> bool {
    let bare = match given.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => given,
    };
    bare.eq_ignore_ascii_case(typ)
}

/// The parts of a token and what was signed, undecoded.
#[derive(Debug, Clone, Copy)]
pub struct TokenParts<'a> {
    /// The header.
    header: &'a str,
    /// The claims.
    pub payload: &'a str,
    /// The signature.
    pub signature: &'a str,
    /// What was signed: header and payload.
    pub message: &'a str,
}

impl<'a> TokenParts<'a> {
    /// Takes a token apart.
    pub fn of(token: &'a str) -> Result<Self, CompactError> {
        let (message, signature) = token.rsplit_once('.').ok_or(CompactError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(CompactError::Malformed)?;
        if payload.contains('.') {
            return Err(CompactError::Malformed);
        }
        Ok(Self {
            header,
            payload,
            signature,
            message,
        })
    }

    /// What the header says.
    pub fn header(&self) -> Result<TokenHeader, CompactError> {
        json::object(&decode(self.header)?).map_err(|_| CompactError::Header)
    }

    /// The same of a token that others minted: whatever it says, each once.
    pub fn header_of_others(&self) -> Result<UniqueMembers, CompactError> {
        json::object(&decode(self.header)?).map_err(|_| CompactError::Header)
    }
}

/// The token that an `Authorization` header presents (RFC 6750 §2.1): all that follows the scheme,
/// whose case does not matter, and one or more spaces (RFC 9110 §11.4). `None` for another scheme.
pub fn bearer(credentials: &[u8]) -> Result<Option<&str>, CompactError> {
    let credentials = str::from_utf8(credentials).ok().filter(|it| it.is_ascii());
    let credentials = credentials.ok_or(CompactError::Malformed)?;
    let (scheme, token) = credentials.split_once(' ').unwrap_or((credentials, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = token.trim_start_matches(' ');
    // The b64token there: whatever else is in it is not one token.
    let is_token_byte = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(is_token_byte) {
        return Err(CompactError::Malformed);
    }
    Ok(Some(token))
}

/// Strict base64url (RFC 7515 §2): no padding, no spare bits, one spelling for each text.
pub fn decode(part: &str) -> Result<Vec<u8>, CompactError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| CompactError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_all_that_follows_the_scheme_or_it_is_none() {
        for (credentials, found) in [
            ("Bearer a.b.c", Ok(Some("a.b.c"))),
            ("bEARER Az09-._~+/=", Ok(Some("Az09-._~+/="))),
            ("", Ok(None)),
            ("Basic a.b.c", Ok(None)),
            ("Bearera.b.c", Ok(None)),
            ("Bearer\ta.b.c", Ok(None)),
            (" Bearer a.b.c", Ok(None)),
            ("Bearer", Err(CompactError::Malformed)),
            ("Bearer ", Err(CompactError::Malformed)),
            ("Bearer  a.b.c", Ok(Some("a.b.c"))),
            ("bearer    a.b.c", Ok(Some("a.b.c"))),
            ("Bearer  ", Err(CompactError::Malformed)),
            ("Bearer \ta.b.c", Err(CompactError::Malformed)),
            ("Bearer a.b.c a.b.c", Err(CompactError::Malformed)),
            ("Bearer a.b.c ", Err(CompactError::Malformed)),
            ("Bearer a.b.c,d", Err(CompactError::Malformed)),
            ("Bearer \"a.b.c\"", Err(CompactError::Malformed)),
            ("Bearer \u{e9}", Err(CompactError::Malformed)),
            ("Basic \u{e9}", Err(CompactError::Malformed)),
        ] {
            assert_eq!(bearer(credentials.as_bytes()), found, "{credentials}");
        }
        assert_eq!(bearer(b"Bearer \xff"), Err(CompactError::Malformed));
    }
}
