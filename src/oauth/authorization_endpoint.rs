//! The front door (RFC 6749 §4.1.1): a request is judged before anybody is sent anywhere.

use url::form_urlencoded;

use crate::{
    client::{
        AuthorizationRequest, CODE_CHALLENGE_METHOD, Client, ClientLookupError, Clients,
        CodeChallenge, Intent, LoginHints, Scope, TokenTransport,
    },
    config::Issuer,
};

/// The longest `state`, and the longest of whatever else is only handed on.
const LONGEST: usize = 512;

/// What a person can be asked for in any case.
const PROMPTS: [&str; 3] = ["login", "consent", "select_account"];

/// Why a request is not answered to whoever sent it: nothing says where to (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnredirectableError {
    /// No client, or none of that name.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// No redirect URI, where the client does not have just one.
    #[error("is required, because this client has none or several")]
    NoRedirectUri,
    /// One that the client does not have.
    #[error("is not registered for this client")]
    RedirectUri,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// Nobody but the person can be told.
    #[error(transparent)]
    Unanswerable(#[from] UnredirectableError),
    /// The client is told, by sending the person back to it.
    #[error("the error is sent to the client")]
    Answer(ClientRedirect),
}

/// Where the person goes with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRedirect(String);

impl ClientRedirect {
    /// The answer to a request (RFC 6749 §4.1.2), which says who gives it (RFC 9207).
    pub fn to(request: &AuthorizationRequest, issuer: &Issuer, says: &[(&str, &str)]) -> Self {
        Self::at(
            &request.redirect_uri,
            request.state.as_deref(),
            issuer,
            says,
        )
    }

    /// An error (§4.1.2.1). The description is ours, never a stranger's.
    pub fn error(
        request: &AuthorizationRequest,
        issuer: &Issuer,
        error: &str,
        description: &str,
    ) -> Self {
        let says = [("error", error), ("error_description", description)];
        Self::to(request, issuer, &says)
    }

    fn at(redirect_uri: &str, state: Option<&str>, issuer: &Issuer, says: &[(&str, &str)]) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(says);
        query.extend_pairs(state.map(|state| ("state", state)));
        query.append_pair("iss", issuer.as_str());
        // The URI stays as it was registered, byte for byte, with the query that it may have.
        let joint = match redirect_uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        Self(format!("{redirect_uri}{joint}{}", query.finish()))
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Judges requests.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationEndpoint<'a> {
    /// For whom it opens.
    pub clients: &'a Clients,
    /// Whose it is.
    pub issuer: &'a Issuer,
    /// Whether the request says of what type it is (§3.1.1); the short form need not.
    pub needs_response_type: bool,
}

impl AuthorizationEndpoint<'_> {
    /// Judges a request by its parameters, each given once. Those that are not known are ignored
    /// (§3.1).
    pub fn validate<'p>(
        &self,
        parameter: impl Fn(&str) -> Option<&'p str>,
    ) -> Result<(AuthorizationRequest, LoginHints), AuthorizationError> {
        let client = self.clients.choose(parameter("client_id"));
        let client = client.map_err(UnredirectableError::Client)?;
        let redirect_uri = redirect_uri(client, parameter("redirect_uri"))?;
        // A state that cannot be kept is not said back.
        let state = parameter("state").map(kept);
        let known_state = state.and_then(Result::ok);
        let wrong = |error: &str, description: &str| {
            let says = [("error", error), ("error_description", description)];
            AuthorizationError::Answer(ClientRedirect::at(
                redirect_uri,
                known_state,
                self.issuer,
                &says,
            ))
        };
        let invalid = |description: &str| wrong("invalid_request", description);

        match parameter("response_type") {
            Some("code") => {}
            None if !self.needs_response_type => {}
            None => return Err(invalid("response_type is required")),
            Some(_) => {
                let description = "response_type must be code";
                return Err(wrong("unsupported_response_type", description));
            }
        }
        if parameter("response_mode").is_some_and(|mode| mode != "query") {
            return Err(invalid("response_mode must be query"));
        }
        for object in ["request", "request_uri"] {
            if parameter(object).is_some() {
                let error = format!("{object}_not_supported");
                return Err(wrong(&error, "request objects are not supported"));
            }
        }
        if state.is_some_and(|state| state.is_err()) {
            return Err(invalid(
                "state must be at most 512 printable ASCII characters",
            ));
        }
        let intent = parameter("intent").unwrap_or(Intent::Login.as_str());
        let intent = Intent::ALL.iter().find(|it| it.as_str() == intent);
        let intent = *intent.ok_or_else(|| invalid("intent must be login or link"))?;
        let gets_code = client.transport == TokenTransport::Bearer || intent == Intent::Link;
        let code_challenge = match parameter("code_challenge") {
            _ if !gets_code => None,
            None => return Err(invalid("code_challenge is required (RFC 7636)")),
            Some(_) if parameter("code_challenge_method") != Some(CODE_CHALLENGE_METHOD) => {
                return Err(invalid("code_challenge_method must be S256"));
            }
            Some(challenge) => {
                let challenge = CodeChallenge::parse(challenge);
                Some(challenge.map_err(|error| invalid(&format!("code_challenge {error}")))?)
            }
        };
        let scope = parameter("scope").map(Scope::parse).transpose();
        let scope = scope.map_err(|error| wrong("invalid_scope", &format!("scope {error}")))?;
        // A scope that the client may not have is ignored (OpenID Connect Core 1.0 §3.1.2.1). The token
        // response names what is granted. A request of which nothing is left gets the default (RFC 6749
        // §3.3).
        let scope = scope
            .map(|scope| scope.within(&client.scopes))
            .filter(|scope| !scope.is_empty());
        let hints = hints(parameter).map_err(|(error, description)| wrong(error, description))?;
        let request = AuthorizationRequest {
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            code_challenge,
            state: known_state.map(str::to_owned),
            scope,
            intent,
        };
        Ok((request, hints))
    }
}

/// The redirect URI, if it is one of the client's (§3.1.2.3).
fn redirect_uri<'p>(
    client: &'p Client,
    given: Option<&'p str>,
) -> Result<&'p str, UnredirectableError> {
    match (given, client.redirect_uris.as_slice()) {
        (Some(given), _) if client.may_redirect_to(given) => Ok(given),
        (Some(_), _) => Err(UnredirectableError::RedirectUri),
        (None, [only]) => Ok(only.as_str()),
        (None, _) => Err(UnredirectableError::NoRedirectUri),
    }
}

/// What may be handed on to the provider.
fn hints<'p>(
    parameter: impl Fn(&str) -> Option<&'p str>,
) -> Result<LoginHints, (&'static str, &'static str)> {
    let prompt = match parameter("prompt") {
        None => None,
        // There is no session here that could be gone on with unseen.
        Some("none") => {
            return Err((
                "login_required",
                "prompt=none is not supported: every login needs the user",
            ));
        }
        Some(asked) => {
            let known = PROMPTS.iter().find(|it| **it == asked);
            let wrong = "prompt must be login, consent or select_account";
            Some(*known.ok_or(("invalid_request", wrong))?)
        }
    };
    let wrong = ("invalid_request", "max_age must be a number of seconds");
    // Digits alone: a sign would be read too.
    let number = |text: &str| {
        let is_plain = text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain).ok_or(wrong)
    };
    let max_age = parameter("max_age").map(number).transpose()?;
    let login_hint = parameter("login_hint").map(str::to_owned);
    let fits = |hint: &String| hint.len() <= LONGEST && !hint.contains(char::is_control);
    if !login_hint.as_ref().is_none_or(fits) {
        return Err((
            "invalid_request",
            "login_hint must be at most 512 bytes long",
        ));
    }
    Ok(LoginHints {
        prompt,
        max_age,
        login_hint,
    })
}

/// The text, if it is short and plain (RFC 6749 appendix A.5).
fn kept(text: &str) -> Result<&str, ()> {
    let is_plain = text.bytes().all(|b| (0x20..=0x7e).contains(&b));
    (text.len() <= LONGEST && is_plain)
        .then_some(text)
        .ok_or(())
}

#[cfg(test)]
mod tests;
