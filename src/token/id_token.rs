//! ID tokens that this service mints (OpenID Connect Core §2): a statement about a login, for the client
//! alone. No route accepts one as an access token.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::{client::Algorithm, identity::UserId, json::UniqueMembers};

/// The claims of an ID token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The `client_id` of the client that requested the login.
    pub aud: String,
    /// The time of expiry.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The time of issue.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The time at which the user authenticated.
    #[serde(with = "ts_seconds")]
    pub auth_time: DateTime<Utc>,
    /// The `nonce` of the authentication request. Absent from ID tokens of a refresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The authentication context class: `1fa` for one factor, `mfa` for several.
    pub acr: String,
    /// The authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// The left half of the hash of the access token (§3.1.3.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The login, as in the access token: it names the session in logout tokens.
    pub sid: String,
    /// The claims of the granted scopes (§5.4).
    #[serde(flatten)]
    pub user: UniqueMembers,
}

impl TokenKind for IdTokenClaims {
    const FORM: TokenForm = TokenForm::Identity;
    const EXPIRY_HAS_LEEWAY: bool = true;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: Some(self.auth_time),
            abs_exp: None,
        }
    }

    /// Refuses an access token of a client whose access tokens have the `typ` `JWT` as well.
    fn check(&self, _: VerifyContext<'_>) -> Result<(), TokenRejection> {
        if self.user.0.contains_key("client_id") {
            Err(TokenRejection::Claims)
        } else {
            Ok(())
        }
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.aud)
    }
}

/// The value of `at_hash` (§3.1.3.6): the left half of the hash of the access token, by the hash function
/// of the algorithm that signs the ID token. That of Ed25519 is SHA-512.
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let function = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 => &SHA256,
        Algorithm::EdDsa => &SHA512,
    };
    let hash = digest(function, access_token.as_bytes());
    let (half, _) = hash.as_ref().split_at(function.output_len() / 2);
    URL_SAFE_NO_PAD.encode(half)
}
