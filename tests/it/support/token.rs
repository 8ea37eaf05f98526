//! Unverified contents of tokens, and tokens that the service would issue.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Map, Value};
use signet::{identity::UserId, json::UniqueMembers, token::IdTokenClaims};

use super::TestService;

pub fn header(token: &str) -> Value {
    part(token, 0)
}

/// The id of the key or secret that signed the token.
pub fn kid(token: &str) -> String {
    header(token)["kid"].as_str().unwrap().to_owned()
}

pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// The same token and signature with another header.
pub fn under(header: &Value, token: &str) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// An ID token of that user for the client, to be presented as a hint.
pub fn id_token_hint(service: &TestService, user: UserId, client_id: &str) -> String {
    let now = service.clock.now();
    let claims = IdTokenClaims {
        iss: service.app.config.issuer.to_string(),
        sub: user,
        aud: client_id.to_owned(),
        exp: now + TimeDelta::minutes(5),
        iat: now,
        auth_time: now,
        nonce: None,
        acr: "1fa".to_owned(),
        amr: vec!["pwd".to_owned()],
        at_hash: None,
        sid: "the-login".to_owned(),
        user: UniqueMembers(Map::new()),
    };
    service.app.tokens.mint(&claims, now).unwrap()
}
