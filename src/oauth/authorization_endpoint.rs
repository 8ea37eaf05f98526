//! The authorization endpoint (RFC 6749 §4.1.1): validates a request before any redirect.

use chrono::{DateTime, Utc};
use url::Url;

use super::ClientResponse;
use crate::{
    client::{
        Acr, AuthorizationRequest, CODE_CHALLENGE_METHOD, Client, ClientLookupError, Clients,
        CodeChallenge, GrantType, Intent, KeyThumbprint, LoginHints, MaxAuthAge, OPENID, Prompt,
        Prompts, ResponseMode, Scope, TokenTransport, ValidatedRequest,
    },
    config::Issuer,
};

/// The maximum length of `state` in characters. Some client libraries keep their own data in it.
const MAX_STATE: usize = 2048;

/// The maximum length of `nonce` in characters. It becomes a claim of the ID token.
const MAX_NONCE: usize = 512;

/// The maximum length of `login_hint` in bytes.
const MAX_LOGIN_HINT: usize = 512;

/// Why a request is refused without a redirect: its redirect URI is not known (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnredirectableError {
    /// The client is missing or unknown.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// The redirect URI is missing, and the client has none or several.
    #[error("is required, because this client has none or several")]
    NoRedirectUri,
    /// The redirect URI is missing from a request of OpenID Connect (OpenID Connect Core 1.0 §3.1.2.1).
    #[error("is required with the scope openid")]
    NoOpenIdRedirectUri,
    /// The redirect URI is not registered for the client.
    #[error("is not registered for this client")]
    RedirectUri,
}

/// Why an authorization request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// The error is shown to the user.
    #[error(transparent)]
    Unredirectable(#[from] UnredirectableError),
    /// The error is sent to the client by a redirect.
    #[error("{reason}")]
    Redirectable {
        /// The error response.
        response: ClientResponse,
        /// The reason: a text of this service.
        reason: String,
    },
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
    ) -> Result<ValidatedRequest, AuthorizationError> {
        let client = self.clients.choose(parameter("client_id"));
        let client = client.map_err(UnredirectableError::Client)?;
        let redirect_uri = redirect_uri(client, parameter("redirect_uri"), parameter("scope"))?;
        let mode = response_mode(parameter("response_mode"), redirect_uri);
        // A mode that is unknown or impossible is refused in the default one.
        let response_mode = mode.as_ref().copied().unwrap_or_default();
        let to_client = |refusal: Refusal| {
            let Refusal { error, description } = refusal;
            let parameters = [("error", &*error), ("error_description", &*description)];
            // An invalid state is not returned.
            let state = parameter("state").filter(|state| is_printable(state, MAX_STATE));
            AuthorizationError::Redirectable {
                response: ClientResponse::at(
                    redirect_uri,
                    (state, response_mode),
                    self.issuer,
                    &parameters,
                ),
                reason: description,
            }
        };
        self.check_type(client, &parameter)
            .and(mode)
            .and_then(|mode| self.request(client, (redirect_uri, mode), &parameter))
            .map_err(to_client)
    }

    /// Checks that the client may use the authorization code flow, and that the request is for a code.
    fn check_type<'p>(
        &self,
        client: &Client,
        parameter: impl Fn(&str) -> Option<&'p str>,
    ) -> Result<(), Refusal> {
        if !client.may_use(GrantType::AuthorizationCode) {
            let description = "the client may not use the grant authorization_code";
            return Err(Refusal::new("unauthorized_client", description));
        }
        match parameter("response_type") {
            Some("code") => {}
            None if !self.needs_response_type => {}
            None => return Err(Refusal::invalid("response_type is required")),
            Some(_) => {
                let description = "response_type must be code";
                return Err(Refusal::new("unsupported_response_type", description));
            }
        }
        for object in ["request", "request_uri"] {
            if parameter(object).is_some() {
                let error = format!("{object}_not_supported");
                return Err(Refusal::new(error, "request objects are not supported"));
            }
        }
        Ok(())
    }

    /// Reads the request of a client at a registered redirect URI.
    fn request<'p>(
        &self,
        client: &Client,
        (redirect_uri, response_mode): (&str, ResponseMode),
        parameter: impl Fn(&str) -> Option<&'p str>,
    ) -> Result<ValidatedRequest, Refusal> {
        let printable = |name: &str, longest| {
            let text = parameter(name);
            if text.is_none_or(|text| is_printable(text, longest)) {
                return Ok(text.map(str::to_owned));
            }
            let error = format!("{name} must be at most {longest} printable ASCII characters");
            Err(Refusal::invalid(error))
        };
        let state = printable("state", MAX_STATE)?;
        let nonce = printable("nonce", MAX_NONCE)?;
        let intent = parameter("intent").unwrap_or(Intent::Login.as_str());
        let intent = Intent::ALL.iter().find(|it| it.as_str() == intent);
        let intent = *intent.ok_or_else(|| Refusal::invalid("intent must be login or link"))?;
        let code_challenge = code_challenge(client, intent, &parameter)?;
        let scope = parameter("scope").map(Scope::parse).transpose();
        let scope =
            scope.map_err(|error| Refusal::new("invalid_scope", format!("scope {error}")))?;
        // A scope that the client may not have is ignored (OpenID Connect Core 1.0 §3.1.2.1). The token
        // response names the granted scope. If no scope remains, the default applies (RFC 6749 §3.3).
        let scope = scope
            .map(|scope| scope.within(&client.scopes))
            .filter(|scope| !scope.is_empty());
        let resource = parameter("resource");
        if resource.is_some_and(|resource| !client.has_audience(resource)) {
            let description = "resource must be one of the audiences of the client";
            return Err(Refusal::new("invalid_target", description));
        }
        let dpop_jkt = parameter("dpop_jkt").map(KeyThumbprint::parse).transpose();
        let dpop_jkt = dpop_jkt.map_err(|error| Refusal::invalid(format!("dpop_jkt {error}")))?;
        let hints = hints(&parameter).map_err(Refusal::invalid)?;
        let max_age = hints.max_age.map(|seconds| MaxAuthAge {
            seconds,
            start: self.now,
        });
        let request = AuthorizationRequest {
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            code_challenge,
            state,
            scope,
            nonce,
            intent,
            response_mode,
            // The caller opens the hints.
            hinted: None,
            sealed_hint: None,
            max_age,
            acr: parameter("acr_values").and_then(Acr::weakest),
            needs_login: hints.prompts.contains(Prompt::Login),
            resource: resource.map(str::to_owned),
            dpop_jkt,
        };
        Ok(ValidatedRequest { request, hints })
    }
}

/// An error that is sent to the client (§4.1.2.1).
struct Refusal {
    error: String,
    /// A text of this service.
    description: String,
}

impl Refusal {
    fn new(error: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            description: description.into(),
        }
    }

    fn invalid(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }
}

/// Returns the response mode, by default `query`.
fn response_mode(given: Option<&str>, redirect_uri: &str) -> Result<ResponseMode, Refusal> {
    let mode = given.unwrap_or(ResponseMode::Query.as_str());
    let mode = ResponseMode::ALL.iter().find(|it| it.as_str() == mode);
    match mode {
        None => Err(Refusal::invalid("response_mode must be query or form_post")),
        // No browser posts a form to an app, and the response must not take another way.
        Some(mode) if !mode.is_default() && !is_of_web(redirect_uri) => {
            let description = "response_mode=form_post requires a redirect_uri of the web";
            Err(Refusal::invalid(description))
        }
        Some(mode) => Ok(*mode),
    }
}

/// Returns the PKCE challenge of a request whose response is a code.
fn code_challenge<'p>(
    client: &Client,
    intent: Intent,
    parameter: impl Fn(&str) -> Option<&'p str>,
) -> Result<Option<CodeChallenge>, Refusal> {
    let gets_code = client.transport == TokenTransport::Bearer || intent == Intent::Link;
    let may_lack = !client.requires_pkce && intent == Intent::Login;
    match parameter("code_challenge").filter(|_| gets_code) {
        None if !gets_code || may_lack => Ok(None),
        None => Err(Refusal::invalid("code_challenge is required (RFC 7636)")),
        Some(_) if parameter("code_challenge_method") != Some(CODE_CHALLENGE_METHOD) => {
            Err(Refusal::invalid("code_challenge_method must be S256"))
        }
        Some(challenge) => CodeChallenge::parse(challenge)
            .map(Some)
            .map_err(|error| Refusal::invalid(format!("code_challenge {error}"))),
    }
}

/// Returns whether a browser can post a form to this redirect URI.
fn is_of_web(redirect_uri: &str) -> bool {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    Url::parse(redirect_uri).is_ok_and(|url| is_web(&url))
}

/// Returns the redirect URI, if it is registered for the client (§3.1.2.3). A request of OAuth 2.0 may leave out the
/// only one.
fn redirect_uri<'p>(
    client: &'p Client,
    given: Option<&'p str>,
    scope: Option<&str>,
) -> Result<&'p str, UnredirectableError> {
    let is_openid = || scope.is_some_and(|scope| scope.split(' ').any(|it| it == OPENID));
    match (given, client.redirect_uris.as_slice()) {
        (Some(given), _) if client.may_redirect_to(given) => Ok(given),
        (Some(_), _) => Err(UnredirectableError::RedirectUri),
        (None, _) if is_openid() => Err(UnredirectableError::NoOpenIdRedirectUri),
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
    let fits = |hint: &String| hint.len() <= MAX_LOGIN_HINT && !hint.contains(char::is_control);
    if !login_hint.as_ref().is_none_or(fits) {
        return Err(format!(
            "login_hint must be at most {MAX_LOGIN_HINT} bytes long"
        ));
    }
    Ok(LoginHints {
        prompts: prompts.unwrap_or_default(),
        max_age,
        login_hint,
        id_token_hint: parameter("id_token_hint").map(str::to_owned),
        sealed_hint: parameter(AuthorizationRequest::HINTED).map(str::to_owned),
    })
}

/// Returns whether the text is short and printable ASCII (RFC 6749 appendix A.5).
fn is_printable(text: &str, longest: usize) -> bool {
    text.len() <= longest && text.bytes().all(|b| (0x20..=0x7e).contains(&b))
}

#[cfg(test)]
mod tests;
