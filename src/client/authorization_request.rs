//! Validated authorization requests (RFC 6749 §4.1.1).

use serde::{Deserialize, Serialize};

use super::{CODE_CHALLENGE_METHOD, CodeChallenge, Prompts, ResponseMode, Scope};

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
}

impl AuthorizationRequest {
    /// Returns the parameters that repeat the request from the pages of the login.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let challenge = self.code_challenge.clone().map(String::from);
        let method = CODE_CHALLENGE_METHOD.to_owned();
        let mode = Some(self.response_mode).filter(|mode| !mode.is_default());
        let is_link = self.intent == Intent::Link;
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
