//! The authorization endpoint (RFC 6749 §4.1.1): validates a request before any redirect.

use chrono::{DateTime, Utc};
use url::Url;

use super::ClientRedirect;
use crate::{
    client::{
        Acr, AuthorizationRequest, CODE_CHALLENGE_METHOD, Client, ClientLookupError, Clients,
        CodeChallenge, GrantType, Intent, LoginHints, MaxAuthAge, Prompt, Prompts, ResponseMode,
        Scope, TokenTransport,
    },
    config::Issuer,
};

/// The maximum length of `state` and of `login_hint`, which are only passed on.
const LONGEST: usize = 512;

/// Why a request is refused without a redirect: its redirect URI is not known (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnredirectableError {
    /// The client is missing or unknown.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// The redirect URI is missing, and the client has none or several.
    #[error("is required, because this client has none or several")]
    NoRedirectUri,
    /// The redirect URI is not registered for the client.
    #[error("is not registered for this client")]
    RedirectUri,
}

/// Why an authorization request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// The error is shown to the user.
    #[error(transparent)]
    Unanswerable(#[from] UnredirectableError),
    /// The error is sent to the client by a redirect.
    #[error("the error is sent to the client")]
    Answer(ClientRedirect),
}

/// Validates authorization requests.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationEndpoint<'a> {
    /// The configured clients.
    pub clients: &'a Clients,
    /// The issuer of the responses.
    pub issuer: &'a Issuer,
    /// Set if the request must have a `response_type` (§3.1.1). The short form need not.
    pub needs_response_type: bool,
    /// The time of the request.
    pub now: DateTime<Utc>,
}

impl AuthorizationEndpoint<'_> {
    /// Validates a request by its parameters, each of which occurs once. Unknown parameters are ignored (§3.1).
    ///
    /// # Errors
    /// The request is refused: by a redirect to the client if its redirect URI is known.
    pub fn validate<'p>(
        &self,
        parameter: impl Fn(&str) -> Option<&'p str>,
    ) -> Result<(AuthorizationRequest, LoginHints), AuthorizationError> {
        let client = self.clients.choose(parameter("client_id"));
        let client = client.map_err(UnredirectableError::Client)?;
        let redirect_uri = redirect_uri(client, parameter("redirect_uri"))?;
        // An invalid state is not returned.
        let state = parameter("state").map(printable);
        let known_state = state.and_then(Result::ok);
        let mode = parameter("response_mode").unwrap_or(ResponseMode::Query.as_str());
        let mode = ResponseMode::ALL.iter().find(|it| it.as_str() == mode);
        // No browser posts a form to an app, and the response must not take another way.
        let is_possible = |mode: &&ResponseMode| mode.is_default() || is_of_web(redirect_uri);
        // A mode that is unknown or impossible is refused in the default one.
        let response_mode = mode.filter(is_possible).copied().unwrap_or_default();
        let wrong = |error: &str, description: &str| {
            let says = [("error", error), ("error_description", description)];
            AuthorizationError::Answer(ClientRedirect::at(
                redirect_uri,
                (known_state, response_mode),
                self.issuer,
                &says,
            ))
        };
        let invalid = |description: &str| wrong("invalid_request", description);

        if !client.may_use(GrantType::AuthorizationCode) {
            let description = "the client may not use the grant authorization_code";
            return Err(wrong("unauthorized_client", description));
        }

        match parameter("response_type") {
            Some("code") => {}
            None if !self.needs_response_type => {}
            None => return Err(invalid("response_type is required")),
            Some(_) => {
                let description = "response_type must be code";
                return Err(wrong("unsupported_response_type", description));
            }
        }
        match mode {
            None => return Err(invalid("response_mode must be query or form_post")),
            Some(mode) if *mode != response_mode => {
                let description = "response_mode=form_post requires a redirect_uri of the web";
                return Err(invalid(description));
            }
            Some(_) => {}
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
        let nonce = parameter("nonce").map(printable).transpose();
        let nonce = nonce
            .map_err(|()| invalid("nonce must be at most 512 printable ASCII characters"))?
            .map(str::to_owned);
        let intent = parameter("intent").unwrap_or(Intent::Login.as_str());
        let intent = Intent::ALL.iter().find(|it| it.as_str() == intent);
        let intent = *intent.ok_or_else(|| invalid("intent must be login or link"))?;
        let gets_code = client.transport == TokenTransport::Bearer || intent == Intent::Link;
        let code_challenge = match parameter("code_challenge") {
            _ if !gets_code => None,
            None if !client.requires_pkce && intent == Intent::Login => None,
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
        // response names the granted scope. If no scope remains, the default applies (RFC 6749 §3.3).
        let scope = scope
            .map(|scope| scope.within(&client.scopes))
            .filter(|scope| !scope.is_empty());
        let resource = parameter("resource");
        if resource.is_some_and(|resource| !client.has_audience(resource)) {
            let description = "resource must be one of the audiences of the client";
            return Err(wrong("invalid_target", description));
        }
        let hinted = parameter(AuthorizationRequest::HINTED).filter(|it| it.len() <= LONGEST);
        let acr = parameter("acr_values").and_then(Acr::weakest);
        let hints = hints(&parameter).map_err(|description| invalid(&description))?;
        let max_age = hints.max_age.map(|seconds| MaxAuthAge {
            seconds,
            start: self.now,
        });
        let request = AuthorizationRequest {
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            code_challenge,
            state: known_state.map(str::to_owned),
            scope,
            nonce,
            intent,
            response_mode,
            hinted: hinted.map(str::to_owned),
            max_age,
            acr,
            needs_login: hints.prompts.contains(Prompt::Login),
            resource: resource.map(str::to_owned),
        };
        Ok((request, hints))
    }
}

/// Returns whether a browser can post a form to this redirect URI.
fn is_of_web(redirect_uri: &str) -> bool {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    Url::parse(redirect_uri).is_ok_and(|url| is_web(&url))
}

/// Returns the redirect URI, if it is registered for the client (§3.1.2.3).
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

/// Reads the parameters that say how the user is to log in.
///
/// # Errors
/// A parameter is invalid. The error is the description for the client.
fn hints<'p>(parameter: impl Fn(&str) -> Option<&'p str>) -> Result<LoginHints, String> {
    let prompts = parameter("prompt").map(Prompts::parse).transpose();
    let prompts = prompts.map_err(|invalid| invalid.to_string())?;
    // Only digits: `parse` would accept a sign.
    let number = |text: &str| {
        let is_plain = text.bytes().all(|b| b.is_ascii_digit());
        let wrong = "max_age must be a number of seconds";
        text.parse().ok().filter(|_| is_plain).ok_or(wrong)
    };
    let max_age = parameter("max_age").map(number).transpose()?;
    let login_hint = parameter("login_hint").map(str::to_owned);
    let fits = |hint: &String| hint.len() <= LONGEST && !hint.contains(char::is_control);
    if !login_hint.as_ref().is_none_or(fits) {
        return Err("login_hint must be at most 512 bytes long".to_owned());
    }
    Ok(LoginHints {
        prompts: prompts.unwrap_or_default(),
        max_age,
        login_hint,
        id_token_hint: parameter("id_token_hint").map(str::to_owned),
    })
}

/// Returns the text, if it is short and printable ASCII (RFC 6749 appendix A.5).
fn printable(text: &str) -> Result<&str, ()> {
    let is_plain = text.bytes().all(|b| (0x20..=0x7e).contains(&b));
    (text.len() <= LONGEST && is_plain)
        .then_some(text)
        .ok_or(())
}

#[cfg(test)]
mod tests;
