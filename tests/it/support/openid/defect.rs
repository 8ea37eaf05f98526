//! Faults of a provider, or of an attacker between the service and the provider.

/// The expected reaction of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The login fails. Another login may succeed.
    Refused,
    /// The login fails with 503 because of the provider, and may be retried. Other providers are
    /// unaffected.
    Unavailable,
    /// The login succeeds, because the response is valid.
    Admitted,
}

macro_rules! defects {
    ($($(#[$doc:meta])+ $name:ident => $verdict:ident,)+) => {
        /// A single fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Defect { $($(#[$doc])+ $name,)+ }

        impl Defect {
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            pub fn verdict(self) -> Verdict {
                match self { $(Self::$name => Verdict::$verdict,)+ }
            }
        }
    };
}

defects! {
    // The ID token: header and signature.
    /// `alg: none`, and no signature.
    AlgNone => Refused,
    /// HS256 with the public key as the secret.
    AlgHs256 => Refused,
    /// RS256 under the name of an ES256 key.
    AlgOfAnotherKey => Refused,
    /// One byte of the signature is changed.
    SignatureBad => Refused,
    /// Signed by another key with the `kid` of the published key.
    SignatureOfAnotherKey => Refused,
    /// A `kid` that is in no key set.
    KidUnknown => Refused,
    /// No `kid`, with two keys in the set.
    KidMissing => Refused,
    /// No `kid`, with one key in the set.
    KidMissingOfOneKey => Admitted,
    /// A `kid` that two keys of the set have.
    KidTwice => Refused,
    /// A critical extension (RFC 7515 §4.1.11).
    Crit => Refused,
    /// The `typ` of an access token.
    TypAccessToken => Refused,
    /// Signed by a key that is embedded in the header.
    JwkInHeader => Refused,
    /// Signed by a key that the header links to.
    JkuInHeader => Refused,

    // The ID token: its form.
    /// A duplicate member: the subject depends on the parser.
    MemberTwice => Refused,
    /// A payload that is not JSON.
    NoJson => Refused,
    /// Five parts, as an encrypted one has.
    FiveParts => Refused,
    /// No ID token at all.
    NoIdToken => Refused,
    /// An oversized ID token.
    TooLong => Refused,

    // The ID token: its claims (OpenID Connect Core §3.1.3.7).
    /// Another issuer.
    IssOther => Refused,
    /// The issuer, among others.
    IssArray => Refused,
    /// No `iss`.
    IssMissing => Refused,
    /// The issuer and a slash.
    IssTrailingSlash => Refused,
    /// For another client.
    AudOther => Refused,
    /// For this client and another one.
    AudWithStranger => Refused,
    /// Without an audience.
    AudMissing => Refused,
    /// For this client, as an array.
    AudArrayOfOne => Admitted,
    /// For this client, but with another authorized party.
    AzpOther => Refused,
    /// For two clients of the service, without an authorized party.
    AzpMissing => Refused,
    /// Expired a minute ago.
    ExpPast => Refused,
    /// Without an expiry.
    ExpMissing => Refused,
    /// A time as a string.
    ExpString => Refused,
    /// Without an issue time.
    IatMissing => Refused,
    /// Issued two minutes in the future.
    IatFuture => Refused,
    /// Without a nonce.
    NonceMissing => Refused,
    /// With the nonce of another login.
    NonceOther => Refused,
    /// With an empty nonce.
    NonceEmpty => Refused,
    /// With the hash of another access token.
    AtHashOther => Refused,
    /// Without a subject.
    SubMissing => Refused,
    /// With an empty subject.
    SubEmpty => Refused,
    /// With a number as subject.
    SubNumber => Refused,
    /// With a subject of 256 characters (§2 allows 255).
    SubTooLong => Refused,

    // The userinfo endpoint (§5.3), the only source of the email.
    /// Another subject (§5.3.2).
    UserinfoOfAnother => Refused,
    /// No subject.
    UserinfoOfNobody => Unavailable,
    /// A signed response, which was not requested.
    UserinfoJwt => Unavailable,
    /// A server error.
    Userinfo500 => Unavailable,

    // Discovery (OpenID Connect Discovery §4.3).
    /// Another issuer.
    DiscoveryOtherIssuer => Unavailable,
    /// The issuer with a trailing slash.
    DiscoveryTrailingSlash => Unavailable,
    /// Endpoints without TLS.
    DiscoveryHttpEndpoints => Unavailable,
    /// Endpoints in the private network of the service.
    DiscoveryPrivateEndpoints => Unavailable,
    /// A redirect.
    DiscoveryMoved => Unavailable,
    /// Longer than 256 KiB.
    DiscoveryTooLong => Unavailable,
    /// An endless response.
    DiscoverySlow => Unavailable,
    /// An HTML page.
    DiscoveryHtml => Unavailable,
    /// No `jwks_uri`.
    DiscoveryIncomplete => Unavailable,

    // The key set.
    /// A redirect.
    KeysMoved => Unavailable,
    /// Longer than 256 KiB.
    KeysTooLong => Unavailable,
    /// An endless response.
    KeysSlow => Unavailable,
    /// An HTML page.
    KeysHtml => Unavailable,
    /// An empty set.
    KeysEmpty => Refused,
    /// A published private key.
    KeysPrivate => Refused,

    // The token endpoint (RFC 6749 §5).
    /// The code is rejected.
    TokenInvalidGrant => Refused,
    /// A server error.
    Token500 => Unavailable,
    /// An HTML page.
    TokenHtml => Unavailable,
    /// An endless response.
    TokenSlow => Unavailable,
    /// A redirect.
    TokenMoved => Unavailable,
    /// No token type.
    TokenWithoutType => Admitted,
    /// An unknown token type (§7.1).
    TokenOfAnotherType => Refused,

    // The callback.
    /// No `iss`, although the metadata announces one (RFC 9207 §2.4).
    CallbackWithoutIss => Refused,
    /// Another `iss`: a mix-up attack.
    CallbackOtherIss => Refused,
    /// The user has denied the login, with an error description that contains markup.
    CallbackDenied => Refused,
}

/// Text that is meant to break out of a page.
pub const HOSTILE: &str =
    "\"><script>alert(1)</script>\r\nSet-Cookie: a=b\u{202e}\u{0}&error=none#token=stolen";
