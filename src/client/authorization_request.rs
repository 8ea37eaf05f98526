//! What a client asks the front door for (RFC 6749 §4.1.1), once it has been judged.

use serde::{Deserialize, Serialize};

use super::{CODE_CHALLENGE_METHOD, CodeChallenge, Scope};

/// What the answer is to stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intent {
    /// A login.
    #[default]
    Login,
    /// An account of a provider, which a session of its own will link to its person.
    Link,
}

impl Intent {
    /// Both.
    pub const ALL: &[Self] = &[Self::Login, Self::Link];

    /// Its name in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Link => "link",
        }
    }
}

/// A request that may be answered: client and redirect URI are configured, the rest is well-formed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes, as it was presented.
    pub redirect_uri: String,
    /// What the code will be bound to. None where no code is handed out: to a client with cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// What the client wants to see again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The scope asked for; without, everything the client may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// What for.
    #[serde(default)]
    pub intent: Intent,
}

impl AuthorizationRequest {
    /// The parameters by which it is asked once more: by the pages that a person comes to on the way.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let challenge = self.code_challenge.clone().map(String::from);
        let method = CODE_CHALLENGE_METHOD.to_owned();
        let is_link = self.intent == Intent::Link;
        let all = [
            ("response_type", Some("code".to_owned())),
            ("client_id", Some(self.client_id.clone())),
            ("redirect_uri", Some(self.redirect_uri.clone())),
            (
                "code_challenge_method",
                challenge.is_some().then_some(method),
            ),
            ("code_challenge", challenge),
            ("state", self.state.clone()),
            ("scope", self.scope.as_ref().map(ToString::to_string)),
            ("intent", is_link.then(|| Intent::Link.as_str().to_owned())),
        ];
        let given = all
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        given.collect()
    }
}

/// How the person is to be asked (OpenID Connect Core §3.1.2.1): handed on to the provider, and kept
/// where it has to be true of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginHints {
    /// What the person is asked in any case: `login`, `consent` or `select_account`.
    pub prompt: Option<&'static str>,
    /// How long ago the person may have proved to be there, in seconds.
    pub max_age: Option<u32>,
    /// Who it may be.
    pub login_hint: Option<String>,
}

impl LoginHints {
    /// As parameters of a request.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let prompt = self.prompt.map(|prompt| ("prompt", prompt.to_owned()));
        let max_age = self.max_age.map(|age| ("max_age", age.to_string()));
        let login_hint = self.login_hint.clone().map(|hint| ("login_hint", hint));
        [prompt, max_age, login_hint].into_iter().flatten()
    }
}
