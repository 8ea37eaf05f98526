//! The JWS compact serialization of tokens (RFC 7515 §7.1). Both minting and verification use this module.
//! The header of a Signet token has exactly three members.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::json::{self, UniqueMembers};

/// The greatest length of a token of any kind, in bytes. A longer token is refused before it is decoded.
pub const MAX_BYTES: usize = 8 * 1024;

/// A reason why a text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
    /// The text is not three parts of base64url.
    #[error("malformed")]
    Malformed,
    /// The header has other members than `alg`, `typ` and `kid`.
    #[error("header")]
    Header,
}

/// The whole header of a Signet token. Every other member, such as `crit`, `jku`, `jwk` or `b64`, is refused.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenHeader<T = String> {
    /// The signature algorithm (RFC 7515 §4.1.1).
    pub alg: T,
    /// The type of the token (RFC 7515 §4.1.9).
    pub typ: T,
    /// The ID of the signing key (RFC 7515 §4.1.4).
    pub kid: T,
}

impl TokenHeader {
    /// Returns whether the token has that type.
    pub fn is_of(&self, typ: &str) -> bool {
        is_type(&self.typ, typ)
    }
}

/// Compares media types by RFC 7515 §4.1.9: case is ignored, and `application/` may be left out.
pub fn is_type(given: &str, typ: &str) -> bool {
    let bare = match given.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => given,
    };
    bare.eq_ignore_ascii_case(typ)
}

/// The undecoded parts of a token.
#[derive(Debug, Clone, Copy)]
pub struct TokenParts<'a> {
    header: &'a str,
    /// The payload, which holds the claims.
    pub payload: &'a str,
    /// The signature.
    pub signature: &'a str,
    /// The signed text: header and payload.
    pub message: &'a str,
}

impl<'a> TokenParts<'a> {
    /// Splits a token into its parts.
    ///
    /// # Errors
    /// The text does not have three parts.
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

    /// Reads the header of a Signet token.
    ///
    /// # Errors
    /// The header is not base64url, or has other members than `alg`, `typ` and `kid`.
    pub fn header(&self) -> Result<TokenHeader, CompactError> {
        json::object(&decode(self.header)?).ok_or(CompactError::Header)
    }

    /// Reads the header of a token of another issuer, with any members, each given once.
    ///
    /// # Errors
    /// The header is not base64url, is not a JSON object, or repeats a member.
    pub fn foreign_header(&self) -> Result<UniqueMembers, CompactError> {
        json::object(&decode(self.header)?).ok_or(CompactError::Header)
    }
}

/// The authentication scheme of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScheme {
    /// A bearer token (RFC 6750 §2.1).
    Bearer,
    /// A token that is bound to a key (RFC 9449 §7.1).
    Dpop,
}

/// Returns the access token of an `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1): all that follows the scheme
/// and one or more spaces (RFC 9110 §11.4). The case of the scheme is ignored. Returns `None` for another scheme.
///
/// # Errors
/// The token is empty, or the header has a byte that no token may contain.
pub fn access_token(credentials: &[u8]) -> Result<Option<(TokenScheme, &str)>, CompactError> {
    let credentials = str::from_utf8(credentials).ok().filter(|it| it.is_ascii());
    let credentials = credentials.ok_or(CompactError::Malformed)?;
    let (scheme, token) = credentials.split_once(' ').unwrap_or((credentials, ""));
    let schemes = [("bearer", TokenScheme::Bearer), ("dpop", TokenScheme::Dpop)];
    let mut schemes = schemes.into_iter();
    let Some((_, scheme)) = schemes.find(|(name, _)| scheme.eq_ignore_ascii_case(name)) else {
        return Ok(None);
    };
    let token = token.trim_start_matches(' ');
    // The characters of `b64token` (RFC 6750 §2.1). Any other character shows that it is not one token.
    let is_token_byte = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(is_token_byte) {
        return Err(CompactError::Malformed);
    }
    Ok(Some((scheme, token)))
}

/// Decodes strict base64url (RFC 7515 §2): no padding, no spare bits, one encoding for each value.
///
/// # Errors
/// The text is not strict base64url.
pub fn decode(part: &str) -> Result<Vec<u8>, CompactError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| CompactError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_token_is_all_that_follows_the_scheme() {
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
            for (name, scheme) in [("Bearer", TokenScheme::Bearer), ("DPoP", TokenScheme::Dpop)] {
                let credentials = credentials.replace("Bearer", name);
                let found = found.map(|token| token.map(|token| (scheme, token)));
                let is_lower =
                    credentials.starts_with("bEARER") || credentials.starts_with("bearer");
                if !is_lower || scheme == TokenScheme::Bearer {
                    assert_eq!(access_token(credentials.as_bytes()), found, "{credentials}");
                }
            }
        }
        let found = access_token(b"dpop a");
        assert_eq!(found, Ok(Some((TokenScheme::Dpop, "a"))));
        assert_eq!(access_token(b"Bearer \xff"), Err(CompactError::Malformed));
    }
}
