//! The response of every route that mints a session (RFC 6749 §5.1).

use axum::{
    Extension, Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    client::TokenTransport,
    http::{cookie::CookieChange, dpop::set_nonce, user_data::PasskeyDescription},
    oauth::IssuedAccessToken,
    session::Session,
};

/// A session that is sent to the client. Never cached: the router's default is `no-store`.
pub(crate) struct TokenResponse {
    session: Session,
    /// Set if the response names the granted scope even if it is empty.
    names_scope: bool,
    /// A passkey that the request has added, for a response of 201.
    passkey: Option<PasskeyDescription>,
}

/// The types of access tokens: bearer tokens (RFC 6750), and tokens that are bound to a key (RFC 9449 §5).
const TOKEN_TYPES: [&str; 2] = ["Bearer", "DPoP"];

/// Returns the type of an access token.
const fn token_type(is_bound: bool) -> &'static str {
    let [bearer, dpop] = TOKEN_TYPES;
    if is_bound { dpop } else { bearer }
}

/// The response for a client with bearer transport.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TokenResponse")]
pub(crate) struct TokenResponseBody<'a> {
    access_token: &'a str,
    #[schemars(extend("enum" = TOKEN_TYPES))]
    token_type: &'a str,
    expires_in: i64,
    /// The refresh token, if the client has the grant `refresh_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    refresh_expires_in: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    scope: Option<String>,
    /// The ID token, if the scope `openid` is granted (OpenID Connect Core §3.1.3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    id_token: Option<&'a str>,
}

/// The response of a grant that begins no session (RFC 6749 §4.4.3, RFC 8693 §2.2.1).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessTokenResponse")]
pub(crate) struct AccessTokenBody {
    access_token: String,
    /// The type of an exchanged token (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    issued_token_type: Option<&'static str>,
    #[schemars(extend("enum" = TOKEN_TYPES))]
    token_type: &'static str,
    expires_in: i64,
    scope: String,
}

/// An access token without a session that is sent to the client.
pub(crate) struct AccessTokenResponse {
    body: AccessTokenBody,
    next_nonce: Option<String>,
}

impl AccessTokenResponse {
    pub(crate) fn new(token: IssuedAccessToken, issued_token_type: Option<&'static str>) -> Self {
        let body = AccessTokenBody {
            access_token: token.access_token,
            issued_token_type,
            token_type: token_type(token.is_bound),
            expires_in: token.lifetime.num_seconds().max(0),
            scope: token.scope.to_string(),
        };
        Self {
            body,
            next_nonce: token.next_nonce,
        }
    }
}

impl IntoResponse for AccessTokenResponse {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        set_nonce(response.headers_mut(), self.next_nonce.as_deref());
        response
    }
}

/// The response of the token endpoint: its form depends on the grant.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(
    dead_code,
    reason = "only its schema is used; the handler serializes one of the variants"
)]
pub(crate) enum GrantResponse {
    Session(TokenResponseBody<'static>),
    AccessToken(AccessTokenBody),
}

/// The response for a client with cookie transport: the tokens are only in cookies.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CookieAnswer")]
pub(crate) struct InCookies {
    expires_in: i64,
    refresh_expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    scope: Option<String>,
}

/// The form depends on the transport of the client.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(
    dead_code,
    reason = "only its schema is used; the response serializes one of the variants"
)]
pub(crate) enum TokenResponseSchema {
    Tokens(TokenResponseBody<'static>),
    InCookies(InCookies),
}

/// The response to a request that adds a passkey: a token response with one more member.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct WithPasskey<T> {
    #[serde(flatten)]
    tokens: T,
    passkey: PasskeyDescription,
}

/// The form depends on the transport of the client.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(
    dead_code,
    reason = "only its schema is used; the response serializes one of the variants"
)]
pub(crate) enum PasskeyResponseSchema {
    Tokens(WithPasskey<TokenResponseBody<'static>>),
    InCookies(WithPasskey<InCookies>),
}

impl TokenResponse {
    /// Adds a new passkey. The status is 201.
    pub(crate) fn with_passkey(self, passkey: PasskeyDescription) -> Self {
        Self {
            passkey: Some(passkey),
            ..self
        }
    }

    /// Names the granted scope even if it is empty: less may be granted than was requested (RFC 6749
    /// §5.1).
    pub(crate) fn naming_scope(self) -> Self {
        Self {
            names_scope: true,
            ..self
        }
    }
}

impl From<Session> for TokenResponse {
    fn from(session: Session) -> Self {
        Self {
            session,
            names_scope: false,
            passkey: None,
        }
    }
}

/// Returns the response with these tokens, and with a new passkey.
fn with_tokens(tokens: impl Serialize, passkey: Option<PasskeyDescription>) -> Response {
    match passkey {
        Some(passkey) => {
            let body = WithPasskey { tokens, passkey };
            (StatusCode::CREATED, Json(body)).into_response()
        }
        None => Json(tokens).into_response(),
    }
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        let Self {
            session,
            names_scope,
            passkey,
        } = self;
        // A login may end while its access token is still accepted by its leeway: never negative.
        let seconds = |iat: DateTime<Utc>, exp: DateTime<Utc>| (exp - iat).num_seconds().max(0);
        let expires_in = seconds(session.access.iat, session.access.exp);
        let refresh_expires_in = seconds(session.refresh.iat, session.refresh.exp);
        let scope = &session.access.scope;
        let scope = (names_scope || !scope.is_empty()).then(|| scope.to_string());
        match session.transport {
            TokenTransport::Bearer => {
                let body = TokenResponseBody {
                    access_token: &session.access_token,
                    token_type: token_type(session.access.cnf.is_some()),
                    expires_in,
                    refresh_token: session.refresh_token.as_deref(),
                    refresh_expires_in: session.refresh_token.as_ref().map(|_| refresh_expires_in),
                    scope,
                    id_token: session.id_token.as_deref(),
                };
                let mut response = with_tokens(body, passkey);
                set_nonce(response.headers_mut(), session.next_nonce.as_deref());
                response
            }
            TokenTransport::Cookie => {
                let body = InCookies {
                    expires_in,
                    refresh_expires_in,
                    scope,
                };
                let response = with_tokens(body, passkey);
                (Extension(CookieChange::Keep(Box::new(session))), response).into_response()
            }
        }
    }
}
