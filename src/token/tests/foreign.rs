//! ID tokens of a provider whose tokens the tests can forge.

mod defects;
mod headers;
mod microsoft;
mod properties;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    fixture::{Mint, now},
    forged::{with, without},
};
use crate::{
    client::Algorithm,
    key_set::{KeySet, tests::published},
    token::{Access, ExpectedIdToken, IdToken, IssuerRule, TokenRejection},
};

pub(crate) const PROVIDER: &str = "https://id.example";
pub(crate) const CLIENT_ID: &str = "signet";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

/// The example of OpenID Connect Core, appendix A.3.
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const AT_HASH: &str = "77QmUPtjPfzWtF2AnpK9RQ";

/// A provider whose keys are those of a mint, which also verifies its tokens.
pub(crate) struct Provider {
    pub(crate) mint: Mint,
    pub(crate) keys: KeySet,
}

impl Provider {
    pub(crate) fn new() -> Self {
        Self::of(Mint::new())
    }

    fn of(mint: Mint) -> Self {
        let keys = Self::set(&published(&mint));
        Self { mint, keys }
    }

    pub(crate) fn set(keys: &[Value]) -> KeySet {
        KeySet::of_provider(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    pub(crate) fn header(&self) -> Value {
        json!({"alg": self.mint.algorithm.as_str(), "typ": "JWT", "kid": self.mint.key().kid()})
    }

    pub(crate) fn payload(&self) -> Value {
        let now = now().timestamp();
        let mut payload = json!({
            "iss": PROVIDER,
            "sub": "248289761001",
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "auth_time": now - 60,
            "nonce": NONCE,
            "at_hash": AT_HASH,
            "email": "ada@example.com",
            "email_verified": "true",
            "name": "Ada",
            "picture": "https://id.example/ada.png",
            "hd": "example.com",
        });
        if self.mint.algorithm == Algorithm::EdDsa {
            payload["at_hash"] = json!("q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM");
        }
        payload
    }

    pub(crate) fn signed(&self, header: &Value, payload: &Value) -> String {
        self.mint.forge::<Access>(header, &payload.to_string())
    }

    pub(crate) fn token(&self) -> String {
        self.signed(&self.header(), &self.payload())
    }

    fn verify(&self, token: &str) -> Result<IdToken, TokenRejection> {
        self.verify_expecting(&EXPECTED, token)
    }

    fn verify_expecting(
        &self,
        expected: &ExpectedIdToken<'_>,
        token: &str,
    ) -> Result<IdToken, TokenRejection> {
        let tokens = &self.mint.tokens;
        tokens.verify_id_token(token, &self.keys, expected, now())
    }

    fn verify_payload(&self, payload: &Value) -> Result<IdToken, TokenRejection> {
        self.verify(&self.signed(&self.header(), payload))
    }
}

/// The expectations of a login in the browser.
pub(crate) const EXPECTED: ExpectedIdToken<'static> = ExpectedIdToken {
    issuer: IssuerRule::Exact(PROVIDER),
    client_id: CLIENT_ID,
    native: &[],
    nonce: NONCE,
    access_token: Some(ACCESS_TOKEN),
    max_age: None,
};

/// The expectations of an ID token that a native app has requested.
fn from_apps(native: &[String]) -> ExpectedIdToken<'_> {
    ExpectedIdToken {
        native,
        access_token: None,
        max_age: Some(TimeDelta::minutes(5)),
        ..EXPECTED
    }
}

/// Stands for a claim or header member that is left out.
const ABSENT: &str = "(absent)";

fn changed(value: &Value, member: &str, replacement: &Value) -> Value {
    if *replacement == ABSENT {
        without(value.clone(), member)
    } else {
        with(value.clone(), member, replacement.clone())
    }
}

#[test]
fn valid_id_token_of_each_algorithm_returns_its_claims() {
    for mint in Mint::each() {
        let provider = Provider::of(mint);
        let token = provider.verify(&provider.token()).unwrap();
        assert_eq!(token.iss, PROVIDER);
        assert_eq!(token.sub, "248289761001");
        assert_eq!(token.aud, [CLIENT_ID]);
        assert_eq!(token.azp, None);
        assert_eq!(token.iat, now());
        assert_eq!(token.exp, now() + TimeDelta::minutes(5));
        assert_eq!(token.auth_time, Some(now() - TimeDelta::minutes(1)));
        assert_eq!(token.email.as_deref(), Some("ada@example.com"));
        // The claim was the string "true".
        assert_eq!(token.email_verified, Some(true));
        assert_eq!(token.name.as_deref(), Some("Ada"));
        assert_eq!(token.picture.as_deref(), Some("https://id.example/ada.png"));
        assert_eq!(token.text("hd"), Some("example.com"));
        assert_eq!(token.text("sub"), None);
    }
}

#[test]
fn invalid_descriptive_claims_are_ignored() {
    let provider = Provider::new();
    for claim in ["email", "email_verified", "name", "picture", "hd"] {
        for value in [json!(null), json!(7), json!(["x"])] {
            let mut payload = provider.payload();
            payload[claim] = value;
            let token = provider.verify_payload(&payload).unwrap();
            assert_eq!(token.sub, "248289761001");
        }
    }
    let token = provider.verify_payload(&json!({
        "iss": PROVIDER, "sub": "1", "aud": [CLIENT_ID], "nonce": NONCE,
        "exp": now().timestamp() + 1, "iat": now().timestamp(), "email": 7,
    }));
    let token = token.unwrap();
    assert_eq!(
        (token.email, token.name, token.auth_time),
        (None, None, None)
    );
}
