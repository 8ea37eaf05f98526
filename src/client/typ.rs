//! The `typ` of access tokens (RFC 7515 §4.1.9).

/// The `typ` in the header of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typ {
    /// `at+jwt`, which marks an access token (RFC 9068 §2.1), so that no other token can be
    /// mistaken for one.
    AtJwt,
    /// `JWT`, for any JWT (RFC 7519 §5.1): for consumers that refuse other types.
    Jwt,
}

impl Typ {
    /// All types.
    pub const ALL: &[Self] = &[Self::AtJwt, Self::Jwt];

    /// Returns the value in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtJwt => "at+jwt",
            Self::Jwt => "JWT",
        }
    }
}
