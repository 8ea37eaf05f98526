//! Validated authorization requests (RFC 6749 §4.1.1).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Acr, CODE_CHALLENGE_METHOD, CodeChallenge, KeyThumbprint, Prompt, Prompts, ResponseMode, Scope,
};

/// The purpose of an authorization request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intent {
    /// Logging in.
    #[default]
    Login,
    /// Connecting an account of a provider to a user, which a session of this user confirms.
    Link,
}

impl Intent {
    /// All intents.
    pub const ALL: &[Self] = &[Self::Login, Self::Link];

    /// Returns the name in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Link => "link",
        }
    }
}

/// The parameter `max_age` of a request (OpenID Connect Core §3.1.2.1). No leeway applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxAuthAge {
    /// The maximum age of the user's authentication, in seconds.
    pub seconds: u32,
    /// The start of the login.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub start: DateTime<Utc>,
}

impl MaxAuthAge {
    /// Returns whether an authentication at `auth_time` satisfies the request: the user has authenticated since
    /// the start of the login, or at most so many seconds ago.
    pub fn is_met_by(self, auth_time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let age = now.signed_duration_since(auth_time);
        auth_time >= self.start || age <= TimeDelta::seconds(self.seconds.into())
    }
}

/// A valid authorization request: client and redirect URI are configured, and all parameters are
/// well-formed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The requesting client.
    pub client_id: String,
    /// The redirect URI as it was presented.
    pub redirect_uri: String,
    /// The challenge that the code is bound to. `None` for a client with cookies, which gets no
    /// code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// The `state`, which is returned to the client unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The requested scope. `None` requests all scopes of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The value that the ID token repeats (OpenID Connect Core §3.1.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The purpose.
    #[serde(default)]
    pub intent: Intent,
    /// The way in which the response reaches the client.
    #[serde(default, skip_serializing_if = "ResponseMode::is_default")]
    pub response_mode: ResponseMode,
    /// The `sub` of the ID token hint: no other user may log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hinted: Option<String>,
    /// The sealed form of `hinted`, which the links between the pages carry. A readable form would let any site
    /// find out which user is logged in.
    #[serde(skip)]
    pub sealed_hint: Option<String>,
    /// The maximum age of the user's authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<MaxAuthAge>,
    /// The strength below which a session at the issuer does not suffice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// Set by `prompt=login`: a session at the issuer does not suffice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_login: bool,
    /// The audience of the access tokens (RFC 8707 §2). `None` requests the default audience of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The thumbprint of the key that alone redeems the code (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<KeyThumbprint>,
}

impl AuthorizationRequest {
    /// The parameter in which the pages of a login repeat the user of the ID token hint, sealed. A hint itself may
    /// be too long for the URL of a mailed link.
    pub const HINTED: &str = "hinted";

    /// Returns whether the user `sub` may log in: without an ID token hint every user may.
    pub fn may_log_in(&self, sub: &str) -> bool {
        self.hinted.as_deref().is_none_or(|hinted| hinted == sub)
    }

    /// Returns the parameters that repeat the request from the pages of the login.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let challenge = self.code_challenge.clone().map(String::from);
        let method = CODE_CHALLENGE_METHOD.to_owned();
        let mode = Some(self.response_mode).filter(|mode| !mode.is_default());
        let is_link = self.intent == Intent::Link;
        let max_age = self.max_age.map(|max_age| max_age.seconds.to_string());
        let prompt = Prompt::Login.as_str().to_owned();
        let all = [
            ("response_type", Some("code".to_owned())),
            ("response_mode", mode.map(|mode| mode.as_str().to_owned())),
            ("client_id", Some(self.client_id.clone())),
            ("redirect_uri", Some(self.redirect_uri.clone())),
            (
                "code_challenge_method",
                challenge.is_some().then_some(method),
            ),
            ("code_challenge", challenge),
            ("state", self.state.clone()),
            ("nonce", self.nonce.clone()),
            ("scope", self.scope.as_ref().map(ToString::to_string)),
            ("intent", is_link.then(|| Intent::Link.as_str().to_owned())),
            (Self::HINTED, self.sealed_hint.clone()),
            ("max_age", max_age),
            ("acr_values", self.acr.map(|acr| acr.as_str().to_owned())),
            ("prompt", self.needs_login.then_some(prompt)),
            ("resource", self.resource.clone()),
            ("dpop_jkt", self.dpop_jkt.clone().map(String::from)),
        ];
        let given = all
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        given.collect()
    }
}

/// Parameters that control how a provider authenticates the user (OpenID Connect Core §3.1.2.1).
/// They are passed to the provider, and kept if the response must satisfy them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginHints {
    /// The pages that the client wants to be shown.
    pub prompts: Prompts,
    /// The maximum age of the user's authentication, in seconds.
    pub max_age: Option<u32>,
    /// The expected user.
    pub login_hint: Option<String>,
    /// An ID token of the user who is expected. It is not passed on.
    pub id_token_hint: Option<String>,
    /// The user of an earlier ID token hint, sealed by this service. It is not passed on.
    pub sealed_hint: Option<String>,
}

/// A valid authorization request and its hints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatedRequest {
    /// The request.
    pub request: AuthorizationRequest,
    /// The parameters that control how the user is authenticated.
    pub hints: LoginHints,
}

impl LoginHints {
    /// Returns the parameters of a request to the provider.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let prompt = self.prompts.for_provider().map(|prompt| ("prompt", prompt));
        let max_age = self.max_age.map(|age| ("max_age", age.to_string()));
        let login_hint = self.login_hint.clone().map(|hint| ("login_hint", hint));
        [prompt, max_age, login_hint].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str =
        r#"{"client_id":"app","redirect_uri":"https://app.example.com/back","intent":"login"}"#;

    #[test]
    fn absent_requirements_take_no_room_and_are_read_from_older_tokens() {
        let request: AuthorizationRequest = serde_json::from_str(PLAIN).unwrap();
        assert_eq!((&request.hinted, request.max_age), (&None, None));
        assert_eq!((request.acr, request.needs_login), (None, false));
        assert_eq!(serde_json::to_string(&request).unwrap(), PLAIN);
    }

    #[test]
    fn max_age_is_met_by_a_recent_authentication_or_one_since_the_start() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let max_age = |seconds| MaxAuthAge {
            seconds,
            start: at(1000),
        };
        for (seconds, auth_time, now, is_met) in [
            (0, 999, 1000, false),
            (0, 1000, 1000, true),
            (0, 1001, 1500, true),
            (60, 940, 1000, true),
            (60, 940, 1001, false),
            (60, 1000, 9000, true),
        ] {
            let found = max_age(seconds).is_met_by(at(auth_time), at(now));
            assert_eq!(found, is_met, "{seconds} {auth_time} {now}");
        }
    }
}
