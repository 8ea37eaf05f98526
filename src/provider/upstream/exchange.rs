//! The OAuth part: where the person is sent, and what the code buys (RFC 6749 §4.1, RFC 7636).

use chrono::{DateTime, Utc};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
        BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use url::Url;

use super::{Error, Refused, Trouble, Upstream, state::LoginState};
use crate::{
    client::Hints,
    config::{ClientCredentials, ProviderKind, Reload},
    fetch::Fetcher,
    provider::discovery::Metadata,
};

/// Where people are sent, and where codes are redeemed.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) authorization: Url,
    pub(super) token: Url,
    /// Whether client credentials travel in the body, where both ways are known.
    pub(super) credentials_in_body: bool,
}

impl Endpoints {
    pub(super) fn of(metadata: &Metadata) -> Self {
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

/// The member that OpenID Connect adds to a token answer (Core §3.1.3.3).
#[derive(Debug, Serialize, Deserialize)]
struct WithIdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for WithIdToken {}

type Answer = StandardTokenResponse<WithIdToken, BasicTokenType>;

type OauthClient = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What a code has been exchanged for. Nothing of it outlives the request.
pub(super) struct ProviderTokens {
    pub(super) access_token: String,
    pub(super) id_token: Option<String>,
}

impl Upstream {
    /// Where the person goes.
    pub(super) fn authorization_url(
        &self,
        endpoints: &Endpoints,
        state: &LoginState,
        sealed: String,
        hints: &Hints,
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
            // Apple hands out name and address by a POST alone.
            request = request.add_extra_param("response_mode", "form_post");
        }
        for (name, value) in hints.parameters() {
            request = request.add_extra_param(name, value);
        }
        request.url().0
    }

    /// What shows the provider that it is us who ask.
    pub(super) fn client_secret(&self, now: DateTime<Utc>) -> Result<Option<String>, Trouble> {
        match &self.settings.credentials {
            ClientCredentials::None => Ok(None),
            ClientCredentials::Secret(secret) => Ok(Some(secret.expose().to_string())),
            ClientCredentials::Apple(key) => self.apple_secret(key, now).map(Some),
        }
    }

    /// Redeems a code. Where the provider refuses the client's credentials, they are read again from
    /// their file, and ones that have changed are tried once: a provider that does not know the client
    /// has not spent the code.
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
            Err(Error::Trouble(Trouble::Credentials | Trouble::Status(401)))
                if self.reload_credentials().await =>
            {
                let secret = self.client_secret(now)?;
                self.exchange(endpoints, code, code_verifier, secret).await
            }
            redeemed => redeemed,
        }
    }

    /// Reads the client's credentials again from their file, and says whether they have changed.
    async fn reload_credentials(&self) -> bool {
        let credentials = self.settings.credentials.clone();
        let reload = spawn_blocking(move || credentials.reload()).await;
        reload.is_ok_and(|reload| reload == Reload::Changed)
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
        let send = move |request| redeem(fetcher.clone(), request);
        let answer = self
            .oauth_client(endpoints, secret)
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(code_verifier.to_owned()))
            .request_async(&send)
            .await
            .map_err(not_issued)?;
        // RFC 6749 §7.1: tokens of a type that is not understood are not used.
        if !answer.token_type().as_ref().eq_ignore_ascii_case("bearer") {
            return Err(Refused::Answer.into());
        }
        Ok(ProviderTokens {
            access_token: answer.access_token().secret().clone(),
            id_token: answer.extra_fields().id_token.clone(),
        })
    }

    /// What an API of the provider says to the holder of that token (RFC 6750 §2.1).
    pub(super) async fn get(&self, url: &Url, access_token: &str) -> Result<Vec<u8>, Trouble> {
        let request = http::Request::get(url.as_str())
            .header(
                http::header::AUTHORIZATION,
                format!("Bearer {access_token}"),
            )
            .body(Vec::new())
            .map_err(|_| Trouble::Answer)?;
        let response = ask(self.fetcher.clone(), request).await?;
        if response.status().is_success() {
            Ok(response.into_body())
        } else {
            Err(Trouble::Status(response.status().as_u16()))
        }
    }

    fn oauth_client(&self, endpoints: &Endpoints, secret: Option<String>) -> OauthClient {
        let auth_type = if endpoints.credentials_in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        };
        let client = Client::new(ClientId::new(self.settings.client_id.clone()))
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

/// Asks the provider; its own trouble is no answer.
async fn ask(
    fetcher: Fetcher,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, Trouble> {
    let response = fetcher.send(request).await?;
    let status = response.status().as_u16();
    if matches!(status, 429 | 500..) {
        return Err(Trouble::Status(status));
    }
    Ok(response)
}

/// The same at the token endpoint, where an error that says nothing is one all the same (RFC 6749
/// §5.2): a code that is no good is the asking side's.
async fn redeem(
    fetcher: Fetcher,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, Trouble> {
    let response = ask(fetcher, request).await?;
    let says = serde_json::from_slice::<BasicErrorResponse>(response.body());
    match response.status().as_u16() {
        status @ 400..=499 if says.is_err() => Err(Trouble::Status(status)),
        _ => Ok(response),
    }
}

fn not_issued(error: RequestTokenError<Trouble, BasicErrorResponse>) -> Error {
    match error {
        RequestTokenError::Request(Trouble::Status(400)) => Refused::Code.into(),
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::ServerResponse(answer) => declined(&answer),
        // GitHub says an error with the status of a success.
        RequestTokenError::Parse(_, answer) => match serde_json::from_slice(&answer) {
            Ok(answer) => declined(&answer),
            // Neither tokens nor an error.
            Err(_) => Trouble::Answer.into(),
        },
        RequestTokenError::Other(_) => Trouble::Answer.into(),
    }
}

/// What an error of the token endpoint means (RFC 6749 §5.2).
fn declined(answer: &BasicErrorResponse) -> Error {
    match answer.error() {
        BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
            Trouble::Credentials.into()
        }
        // GitHub's word for it.
        BasicErrorResponseType::Extension(error) if error == "incorrect_client_credentials" => {
            Trouble::Credentials.into()
        }
        _ => Refused::Code.into(),
    }
}
