//! What a provider can do wrong, or somebody between us and it.

/// What the service should make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody is logged in, and it is the login's fault: another one may go well.
    Refused,
    /// Nobody is logged in, and it is the provider's fault, which may pass: 503, there alone.
    Unavailable,
    /// It only looks wrong.
    Admitted,
}

macro_rules! defects {
    ($($(#[$doc:meta])+ $name:ident => $verdict:ident,)+) => {
        /// One thing at a time that is wrong.
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
    // The ID token: its header and its signature.
    /// `alg: none`, and no signature.
    AlgNone => Refused,
    /// HS256 with the public key as the secret.
    AlgHs256 => Refused,
    /// RS256 under the name of an ES256 key.
    AlgOfAnotherKey => Refused,
    /// One byte of the signature is another.
    SignatureBad => Refused,
    /// Signed by another key under the name of the published one.
    SignatureOfAnotherKey => Refused,
    /// A name of a key that is in no set.
    KidUnknown => Refused,
    /// No name, where there are two keys.
    KidMissing => Refused,
    /// No name, where there is one key: which one it is goes without saying.
    KidMissingOfOneKey => Admitted,
    /// A name that two keys of the set have.
    KidTwice => Refused,
    /// An extension that must be understood (RFC 7515 §4.1.11).
    Crit => Refused,
    /// An access token's type.
    TypAccessToken => Refused,
    /// Signed by a key that the header brings along.
    JwkInHeader => Refused,
    /// Signed by a key to which the header leads.
    JkuInHeader => Refused,

    // The ID token: its form.
    /// A member twice: whom it is about depends on who reads.
    MemberTwice => Refused,
    /// A payload that is no JSON.
    NoJson => Refused,
    /// Five parts, as an encrypted one has.
    FiveParts => Refused,
    /// No ID token at all.
    NoIdToken => Refused,
    /// An ID token longer than any.
    TooLong => Refused,

    // The ID token: its claims (OpenID Connect Core §3.1.3.7).
    /// Somebody else's.
    IssOther => Refused,
    /// The issuer, among others.
    IssArray => Refused,
    /// No `iss`.
    IssMissing => Refused,
    /// The issuer and a slash.
    IssTrailingSlash => Refused,
    /// For somebody else.
    AudOther => Refused,
    /// For us and somebody else.
    AudWithStranger => Refused,
    /// For nobody.
    AudMissing => Refused,
    /// For us alone, as an array.
    AudArrayOfOne => Admitted,
    /// For us, but handed to somebody else.
    AzpOther => Refused,
    /// For two of our own clients, and not said to which it was handed.
    AzpMissing => Refused,
    /// It was good until a minute ago.
    ExpPast => Refused,
    /// It is good for ever.
    ExpMissing => Refused,
    /// A time in quotation marks.
    ExpString => Refused,
    /// Made at no time.
    IatMissing => Refused,
    /// Made in two minutes.
    IatFuture => Refused,
    /// For no login in particular.
    NonceMissing => Refused,
    /// For another login.
    NonceOther => Refused,
    /// For the login of the empty name.
    NonceEmpty => Refused,
    /// It came with another access token.
    AtHashOther => Refused,
    /// About nobody.
    SubMissing => Refused,
    /// About the person of the empty name.
    SubEmpty => Refused,
    /// About a number.
    SubNumber => Refused,
    /// About a name of 256 letters (§2 allows 255).
    SubTooLong => Refused,

    // The userinfo endpoint (§5.3), where all that is known of the address is told.
    /// It tells of somebody else (§5.3.2).
    UserinfoOfAnother => Refused,
    /// It does not say of whom it tells.
    UserinfoOfNobody => Unavailable,
    /// Signed, though nobody asked for that.
    UserinfoJwt => Unavailable,
    /// It has trouble.
    Userinfo500 => Unavailable,

    // Discovery (OpenID Connect Discovery §4.3).
    /// It describes somebody else.
    DiscoveryOtherIssuer => Unavailable,
    /// It describes the same with a slash.
    DiscoveryTrailingSlash => Unavailable,
    /// Endpoints that anybody on the way can read and change.
    DiscoveryHttpEndpoints => Unavailable,
    /// Endpoints in the network that the service stands in.
    DiscoveryPrivateEndpoints => Unavailable,
    /// It is somewhere else.
    DiscoveryMoved => Unavailable,
    /// It is longer than 256 KiB.
    DiscoveryTooLong => Unavailable,
    /// It comes to no end.
    DiscoverySlow => Unavailable,
    /// A page.
    DiscoveryHtml => Unavailable,
    /// It does not say where the keys are.
    DiscoveryIncomplete => Unavailable,

    // The key set.
    /// It is somewhere else.
    KeysMoved => Unavailable,
    /// It is longer than 256 KiB.
    KeysTooLong => Unavailable,
    /// It comes to no end.
    KeysSlow => Unavailable,
    /// A page.
    KeysHtml => Unavailable,
    /// There are none.
    KeysEmpty => Refused,
    /// Everybody can read the private key, and has perhaps.
    KeysPrivate => Refused,

    // The token endpoint (RFC 6749 §5).
    /// It does not know the code.
    TokenInvalidGrant => Refused,
    /// It has trouble.
    Token500 => Unavailable,
    /// A page.
    TokenHtml => Unavailable,
    /// It comes to no end.
    TokenSlow => Unavailable,
    /// It is somewhere else.
    TokenMoved => Unavailable,
    /// It does not say how the access token is used.
    TokenWithoutType => Admitted,
    /// An access token that is used in a way that we do not know (§7.1).
    TokenOfAnotherType => Refused,

    // The way back.
    /// It does not say who answers, though that was announced (RFC 9207 §2.4).
    CallbackWithoutIss => Refused,
    /// Somebody else answers: a mix-up.
    CallbackOtherIss => Refused,
    /// The person did not want to, or is made to look so, with words that are more than words.
    CallbackDenied => Refused,
}

/// Words with which a page is to be broken.
pub const HOSTILE: &str =
    "\"><script>alert(1)</script>\r\nSet-Cookie: a=b\u{202e}\u{0}&error=none#token=stolen";
