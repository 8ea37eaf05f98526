//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): a statement to one client that logins of a user
//! have ended. This service never accepts one.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::kind::{RegisteredClaims, TokenForm, TokenKind, TokenRejection, VerifyContext};
use crate::identity::UserId;

/// The claims of a logout token. There is no `nonce`, so that it cannot be used as an ID token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutToken {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: UserId,
    /// The `client_id` of the client.
    pub aud: String,
    /// The time of issue.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The time of expiry.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
    /// The identifier of the token.
    pub jti: String,
    /// The one event, without members.
    events: Events,
    /// The login that has ended, as in the ID token. Absent if all logins of the user have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

/// The events of a logout token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: NoMembers,
}

/// An object without members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct NoMembers {}

/// The logins that a logout token names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogoutSubject {
    /// The user.
    pub user: UserId,
    /// The one login that has ended, or `None` if all have.
    pub sid: Option<String>,
}

impl LogoutToken {
    /// The time until a logout token expires. The specification recommends at most two minutes.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(2);

    /// Creates the claims of a token for that client.
    pub fn new(
        iss: &str,
        client_id: &str,
        ended: LogoutSubject,
        jti: String,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            iss: iss.to_owned(),
            sub: ended.user,
            aud: client_id.to_owned(),
            iat: now,
            exp: now + Self::LIFETIME,
            jti,
            events: Events::default(),
            sid: ended.sid,
        }
    }
}

impl TokenKind for LogoutToken {
    const FORM: TokenForm = TokenForm::Logout;
    const EXPIRY_HAS_LEEWAY: bool = false;

    fn registered(&self) -> RegisteredClaims<'_> {
        RegisteredClaims {
            iss: &self.iss,
            iat: self.iat,
            exp: self.exp,
            auth_time: None,
            abs_exp: None,
        }
    }

    fn check(&self, _: VerifyContext<'_>) -> Result<(), TokenRejection> {
        Ok(())
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.aud)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;
    use crate::token::{
        Access, ClientAccess, IdTokenClaims, Refresh, SubjectToken,
        tests::fixture::{Mint, now},
    };

    fn user() -> UserId {
        "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap()
    }

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn minted(mint: &Mint, sid: Option<&str>) -> String {
        let ended = LogoutSubject {
            user: user(),
            sid: sid.map(str::to_owned),
        };
        let clients = mint.tokens.clients();
        let client_id = &clients.iter().next().unwrap().client_id;
        let issuer = mint.tokens.issuer().as_str();
        let claims = LogoutToken::new(issuer, client_id, ended, "one".to_owned(), now());
        mint.tokens.mint(&claims, now()).unwrap()
    }

    #[test]
    fn claims_are_those_of_the_specification() {
        let mint = Mint::new();
        for sid in [Some("the-login"), None] {
            let token = minted(&mint, sid);
            let client = mint.tokens.clients().iter().next().unwrap();
            let header = part(&token, 0);
            assert_eq!(header["typ"], "logout+jwt");
            assert_eq!(header["alg"], client.id_token.algorithm.as_str());
            let mut expected = json!({
                "iss": mint.tokens.issuer().as_str(),
                "sub": user(),
                "aud": client.client_id,
                "iat": now().timestamp(),
                "exp": now().timestamp() + 120,
                "jti": "one",
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            });
            if let Some(sid) = sid {
                expected["sid"] = json!(sid);
            }
            assert_eq!(part(&token, 1), expected);
        }
    }

    #[test]
    fn logout_token_is_accepted_as_no_token() {
        let mint = Mint::new();
        let token = minted(&mint, Some("the-login"));
        let header = Some(TokenRejection::Header);
        assert_eq!(mint.verify::<Access>(&token).err(), header);
        assert_eq!(mint.verify::<SubjectToken>(&token).err(), header);
        assert_eq!(mint.verify::<ClientAccess>(&token).err(), header);
        assert_eq!(mint.verify::<IdTokenClaims>(&token).err(), header);
        assert_eq!(mint.tokens.verify_hint(&token, now()).err(), header);
        assert_eq!(mint.verify::<Refresh>(&token).err(), header);
        assert_eq!(mint.verify::<LogoutToken>(&token).err(), header);
    }
}
