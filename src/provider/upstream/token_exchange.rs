//! The authorization request and the exchange of the code (RFC 6749 §4.1, RFC 7636).

mod answer;

use std::fmt;

use chrono::{DateTime, Utc};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenUrl, basic::BasicClient,
};
use url::Url;

pub(super) use self::answer::{ProviderTokens, TOKEN_ANSWER};
use super::{Error, ProviderFault, ProviderLoginRejection, Upstream, state::LoginState};
use crate::{
    client::LoginHints,
    config::{ClientCredentials, ProviderKind, SecretReload},
    fetch::Fetcher,
    json::foreign::ForeignDocumentError,
    provider::discovery::ProviderMetadata,
};

/// The authorization endpoint and the token endpoint of a provider.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) authorization: Url,
    pub(super) token: Url,
    /// `true` if client credentials are sent in the body and not in the `Authorization` header.
    pub(super) credentials_in_body: bool,
}

impl Endpoints {
    pub(super) fn of(metadata: &ProviderMetadata) -> Self {
        Self {
            authorization: metadata.authorization_endpoint.clone(),
            token: metadata.token_endpoint.clone(),
            credentials_in_body: !metadata
                .token_endpoint_auth_methods_supported
                .iter()
                .any(|method| method == "client_secret_basic"),
        }
    }
}

type OauthClient =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// A response that bypasses the parser of `oauth2`, which refuses a whole response for one optional member of
/// another type.
enum RawTokenResponse {
    Response(http::Response<Vec<u8>>),
    Failed(ProviderFault),
}

impl Upstream {
    /// Returns the URL to which the user is redirected.
    pub(super) fn authorization_url(
        &self,
        endpoints: &Endpoints,
        state: &LoginState,
        sealed: String,
        hints: &LoginHints,
    ) -> Url {
        let verifier = PkceCodeVerifier::new(state.code_verifier.clone());
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let client = self.oauth_client(endpoints, None);
        let mut request = client
            .authorize_url(|| CsrfToken::new(sealed))
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if self.is_openid() {
            request = request.add_extra_param("nonce", state.nonce.clone());
        }
        if self.settings.kind == ProviderKind::Apple && !self.settings.scopes.is_empty() {
            // Apple sends the name and email only by POST.
            request = request.add_extra_param("response_mode", "form_post");
        }
        for (name, value) in hints.parameters() {
            request = request.add_extra_param(name, value);
        }
        request.url().0
    }

    /// Returns the client secret, if the client has one.
    ///
    /// # Errors
    /// The key of Apple cannot sign.
    pub(super) fn client_secret(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, ProviderFault> {
        match &self.settings.credentials {
            ClientCredentials::None => Ok(None),
            ClientCredentials::Secret(secret) => Ok(Some(secret.expose().to_string())),
            ClientCredentials::Apple(key) => self.apple_secret(key, now).map(Some),
        }
    }

    /// Redeems a code. If the provider refuses the client credentials, they are read again from their file, and
    /// changed credentials are tried once. A provider that has not authenticated the client has not spent the
    /// code.
    pub(super) async fn redeem(
        &self,
        endpoints: &Endpoints,
        code: &str,
        code_verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<ProviderTokens, Error> {
        let secret = self.client_secret(now)?;
        let redeemed = self.exchange(endpoints, code, code_verifier, secret).await;
        match redeemed {
            Err(Error::Trouble(ProviderFault::Credentials | ProviderFault::Status(401)))
                if self.reload_credentials().await =>
            {
                let secret = self.client_secret(now)?;
                self.exchange(endpoints, code, code_verifier, secret).await
            }
            redeemed => redeemed,
        }
    }

    /// Reads the client credentials again from their file. Returns whether they have changed.
    async fn reload_credentials(&self) -> bool {
        self.settings.credentials.reload_refused().await == SecretReload::Changed
    }

    /// Redeems a code with that secret (RFC 6749 §4.1.3).
    async fn exchange(
        &self,
        endpoints: &Endpoints,
        code: &str,
        code_verifier: &str,
        secret: Option<String>,
    ) -> Result<ProviderTokens, Error> {
        let fetcher = self.fetcher.clone();
        let send_request = move |request| receive(fetcher.clone(), request);
        let sent = self
            .oauth_client(endpoints, secret)
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(code_verifier.to_owned()))
            .request_async(&send_request)
            .await;
        let answer = match sent {
            Err(RequestTokenError::Request(RawTokenResponse::Response(answer))) => answer,
            Err(RequestTokenError::Request(RawTokenResponse::Failed(fault))) => {
                return Err(fault.into());
            }
            // No request was sent, so there is no response.
            _ => {
                return Err(ProviderFault::from(ForeignDocumentError::Syntax(TOKEN_ANSWER)).into());
            }
        };
        match answer.status().as_u16() {
            200 => ProviderTokens::read(answer.body(), self.is_openid()),
            status => Err(not_issued(status, answer.body())),
        }
    }

    /// Fetches a URL of the provider with an access token (RFC 6750 §2.1).
    pub(super) async fn get(
        &self,
        url: &Url,
        access_token: &str,
    ) -> Result<Vec<u8>, ProviderFault> {
        let request = http::Request::get(url.as_str())
            .header(
                http::header::AUTHORIZATION,
                format!("Bearer {access_token}"),
            )
            .body(Vec::new())
            .map_err(|_| ProviderFault::Request)?;
        let response = send(self.fetcher.clone(), request).await?;
        if response.status().is_success() {
            Ok(response.into_body())
        } else {
            Err(ProviderFault::Status(response.status().as_u16()))
        }
    }

    fn oauth_client(&self, endpoints: &Endpoints, secret: Option<String>) -> OauthClient {
        let auth_type = if endpoints.credentials_in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        };
        let client = BasicClient::new(ClientId::new(self.settings.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(endpoints.authorization.clone()))
            .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
            .set_redirect_uri(RedirectUrl::from_url(self.settings.redirect_uri.clone()))
            .set_auth_type(auth_type);
        match secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret)),
            None => client,
        }
    }
}

/// Sends a request to the provider. The statuses 429 and 5xx are errors.
async fn send(
    fetcher: Fetcher,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, ProviderFault> {
    let response = fetcher.send(request).await?;
    let status = response.status().as_u16();
    if matches!(status, 429 | 500..) {
        return Err(ProviderFault::Status(status));
    }
    Ok(response)
}

/// Sends a request of `oauth2`, and returns the response as an error so that `oauth2` does not parse it.
async fn receive(
    fetcher: Fetcher,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, RawTokenResponse> {
    let received = send(fetcher, request).await;
    Err(received.map_or_else(RawTokenResponse::Failed, RawTokenResponse::Response))
}

/// Converts a response with another status than 200 (RFC 6749 §5.2). The status 400 means that the code is
/// refused, even if the body has no `error`.
fn not_issued(status: u16, answer: &[u8]) -> Error {
    match (status, answer::error_of(answer)) {
        (_, Some(error)) => answer::declined(&error),
        (400, None) => ProviderLoginRejection::Code.into(),
        (401..=499, None) => ProviderFault::Status(status).into(),
        _ => ProviderFault::from(ForeignDocumentError::Syntax(TOKEN_ANSWER)).into(),
    }
}

/// Hides the response, which may contain tokens.
impl fmt::Debug for RawTokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawTokenResponse")
    }
}

impl fmt::Display for RawTokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer was received")
    }
}

impl std::error::Error for RawTokenResponse {}
