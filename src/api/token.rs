//! `POST /token`: the token endpoint of RFC 6749 §3.2.

mod credentials;
mod grants;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;

use crate::{
    api::token_response::{AccessTokenResponse, GrantResponse, TokenResponse},
    app::App,
    client::{Client, ClientLookupError, GrantType, Scope, TokenTransport},
    dpop::PresentedProof,
    http::{
        extract::{Caller, Form, optional_field},
        oauth_error::OauthError,
        openapi::OpenApiBuilder,
        problem::{Code, Problem, from_domain},
    },
    oauth::{self, ACCESS_TOKEN_TYPE},
    session::Continuation,
};

/// The parameters of all grants: an authorization code (RFC 6749 §4.1.3), client credentials (§4.4), a
/// refresh token (§6), and token exchange (RFC 8693 §2.1).
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct TokenRequest {
    #[schemars(extend("enum" = GrantType::ALL.iter().map(|grant| grant.as_str()).collect::<Vec<_>>()))]
    grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
    scope: Option<String>,
    resource: Option<String>,
    audience: Option<String>,
    subject_token: Option<String>,
    subject_token_type: Option<String>,
    requested_token_type: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/token", "The token endpoint (RFC 6749 §3.2).")
        .tag("session")
        .takes_form::<TokenRequest>()
        .takes_proof()
        .answers::<GrantResponse>(200, "The new session, or the access token of the client.")
        .fails_as_oauth(&[400, 401, 408, 413, 429, 503]);
}

/// A request to the token endpoint: the services, the authenticated client if the request names one, and the
/// parameters.
struct TokenEndpoint<'a> {
    app: &'a App,
    client: Option<&'a Client>,
    form: &'a Form,
    proof: &'a PresentedProof,
    now: DateTime<Utc>,
}

pub(crate) async fn token(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    form: Result<Form, Problem>,
) -> Result<Response, OauthError> {
    let form = form?;
    let authenticator = &app.client_authenticator;
    let client = credentials::authenticate(authenticator, &headers, &form, &caller).await?;
    let asked = form.require("grant_type")?;
    let mut grants = GrantType::ALL.iter().copied();
    let grant = grants.find(|grant| grant.as_str() == asked);
    let grant = grant.ok_or_else(|| Problem::new(Code::UnsupportedGrantType))?;
    if client.is_some_and(|client| !client.may_use(grant)) {
        return Err(Problem::from(ClientLookupError::Grant).into());
    }
    let request = TokenEndpoint {
        app: &app,
        client,
        form: &form,
        proof: &caller.proof,
        now: caller.now,
    };
    let response = match grant {
        GrantType::AuthorizationCode => request.redeem().await?.into_response(),
        GrantType::RefreshToken => request.refresh().await?.into_response(),
        GrantType::ClientCredentials => request.client_credentials().await?.into_response(),
        GrantType::TokenExchange => request.exchange().await?.into_response(),
    };
    Ok(response)
}

impl TokenEndpoint<'_> {
    async fn redeem(&self) -> Result<TokenResponse, Problem> {
        let form = self.form;
        let code_verifier = if self.client.is_none_or(|client| client.requires_pkce) {
            Some(form.require("code_verifier")?)
        } else {
            form.get("code_verifier")
        };
        let presented = oauth::CodeRedemption {
            code: form.require("code")?,
            client: self.client,
            redirect_uri: form.require("redirect_uri")?,
            code_verifier,
            resource: form.get("resource"),
            proof: self.proof,
        };
        let session = self.app.codes.redeem(presented, self.now).await;
        let session = session.map_err(from_domain::of_code)?;
        Ok(TokenResponse::from(session).naming_scope())
    }

    async fn refresh(&self) -> Result<TokenResponse, Problem> {
        let scope = self.scope()?;
        let presented = Continuation {
            token: self.form.require("refresh_token")?,
            transport: TokenTransport::Bearer,
            client_id: self.client.map(|client| client.client_id.as_str()),
            is_authenticated: self.client.is_some(),
            scope: scope.as_ref(),
            resource: self.form.get("resource"),
            proof: self.proof,
            logged_out: &[],
        };
        let session = self.app.sessions.refresh(presented, self.now).await;
        Ok(session.map_err(from_domain::of_refresh)?.into())
    }

    async fn client_credentials(&self) -> Result<AccessTokenResponse, Problem> {
        let client = self.authenticated()?;
        let scope = self.scope()?;
        let grant = &self.app.client_credentials;
        let resource = self.form.get("resource");
        let token = grant.issue(client, scope.as_ref(), resource, (self.proof, self.now));
        let token = token.await.map_err(grants::of_client_credentials)?;
        Ok(AccessTokenResponse::new(token, None))
    }

    async fn exchange(&self) -> Result<AccessTokenResponse, Problem> {
        let client = self.authenticated()?;
        let scope = self.scope()?;
        let request = grants::exchange_request(self.form, scope.as_ref(), self.proof)?;
        let grant = &self.app.token_exchange;
        let token = grant.exchange(client, request, self.now).await;
        let token = token.map_err(grants::of_exchange)?;
        Ok(AccessTokenResponse::new(token, Some(ACCESS_TOKEN_TYPE)))
    }

    /// The client of a grant that needs authentication. A configuration lists such a grant only for a
    /// confidential client.
    fn authenticated(&self) -> Result<&Client, Problem> {
        self.client
            .ok_or_else(|| ClientLookupError::Unauthenticated.into())
    }

    /// The requested scope.
    fn scope(&self) -> Result<Option<Scope>, Problem> {
        let scope = optional_field("scope", self.form.get("scope"), Scope::parse);
        scope.map_err(|problem| problem.error("invalid_scope"))
    }
}
