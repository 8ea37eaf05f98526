//! The parameters with which a session begins and continues.

use chrono::{DateTime, Utc};

use crate::{
    client::{Acr, Scope, TokenTransport},
    dpop::{Possession, PresentedProof},
    identity::AuthMethod,
    token::Access,
};

/// A request to continue a login.
#[derive(Debug, Clone, Copy)]
pub struct Continuation<'a> {
    /// The refresh token.
    pub token: &'a str,
    /// The transport by which the token was presented.
    pub transport: TokenTransport,
    /// The client that presents the token, if the request names one.
    pub client_id: Option<&'a str>,
    /// Set if the client has authenticated, as a confidential client must.
    pub is_authenticated: bool,
    /// The requested scope. Without one, the granted scope.
    pub scope: Option<&'a Scope>,
    /// The requested audience (RFC 8707 §2.2). Without one, that of the login.
    pub resource: Option<&'a str>,
    /// The proof of the request.
    pub proof: &'a PresentedProof,
    /// The logins that were ended in this browser. None of them continues.
    pub logged_out: &'a [String],
}

/// The parameters of a login that come from the authorization request.
#[derive(Debug, Clone, Default)]
pub struct SignIn<'a> {
    /// The requested scope. Without one, all scopes of the client are granted.
    pub scope: Option<&'a Scope>,
    /// The `nonce` of the authentication request, which the ID token repeats (OpenID Connect Core
    /// §3.1.2.1).
    pub nonce: Option<String>,
    /// The `sid` of the session at the issuer that the login belongs to. Without one, it is fresh.
    pub sid: Option<String>,
    /// The time at which the session at the issuer began: the absolute lifetime of the login is counted from there.
    /// Without one, the login begins now.
    pub began: Option<DateTime<Utc>>,
    /// The audience of the authorization request (RFC 8707 §2.1), to which the login is limited.
    pub resource: Option<String>,
    /// The audience of the token request (RFC 8707 §2.2). Without both, the default audience of the client.
    pub requested: Option<&'a str>,
    /// The key to which the tokens are bound.
    pub possession: Possession,
}

/// The factors that the user of a session has proven, and the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenLogin {
    /// The time of authentication.
    pub auth_time: DateTime<Utc>,
    /// The strength.
    pub acr: Acr,
    /// The authentication methods (RFC 8176).
    pub amr: Vec<String>,
}

impl ProvenLogin {
    /// Returns the login of a session whose user has proven a second factor as well, and at `auth_time` who they are.
    /// The methods of the session stay, except for those of a passkey: it was not used again.
    pub fn with_second_factor(session: &Access, auth_time: DateTime<Utc>) -> Self {
        let added = [AuthMethod::OneTimeCode, AuthMethod::MultiFactor].map(AuthMethod::as_str);
        let of_passkeys = [
            AuthMethod::Possession,
            AuthMethod::HardwareKey,
            AuthMethod::UserVerification,
        ]
        .map(AuthMethod::as_str);
        let stays = |method: &&str| !added.contains(method) && !of_passkeys.contains(method);
        let kept = session.amr.iter().map(String::as_str).filter(stays);
        let amr: Vec<_> = kept.chain(added).map(str::to_owned).collect();
        Self {
            auth_time,
            acr: Acr::of(&amr),
            amr,
        }
    }
}
