//! What access tokens say they are (RFC 7515 §4.1.9).

/// The `typ` in the header of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typ {
    /// An access token by name (RFC 9068 §2.1), which nothing else can be taken for.
    AtJwt,
    /// A JWT of whatever kind (RFC 7519 §5.1): for consumers that refuse any other.
    Jwt,
}

impl Typ {
    /// All that a client may choose.
    pub const ALL: &[Self] = &[Self::AtJwt, Self::Jwt];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtJwt => "at+jwt",
            Self::Jwt => "JWT",
        }
    }
}
