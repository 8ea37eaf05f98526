//! `POST /token`: the token endpoint of RFC 6749 §3.2.

use std::borrow::Cow;

use axum::{
    extract::State,
    http::{HeaderMap, header::AUTHORIZATION},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;

use crate::{
    api::token_response::{TokenResponse, TokenResponseBody},
    app::App,
    client::{Scope, TokenTransport},
    http::{
        extract::{Form, Now, optional_field},
        oauth_error::OauthError,
        openapi::OpenApiBuilder,
        problem::{Code, Problem, from_domain},
    },
    oauth,
    session::Continuation,
};

/// The grant types of this endpoint, as listed in the metadata.
pub(crate) const GRANT_TYPES: &[&str] = &["authorization_code", "refresh_token"];

/// An authorization code (RFC 6749 §4.1.3) or a refresh token (§6).
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct TokenRequest {
    #[schemars(extend("enum" = GRANT_TYPES))]
    grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    client_id: Option<String>,
    scope: Option<String>,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post("/token", "The token endpoint (RFC 6749 §3.2).")
        .tag("session")
        .takes_form::<TokenRequest>()
        .answers::<TokenResponseBody<'_>>(200, "The new session.")
        .fails_as_oauth(&[400, 401, 408, 413, 503]);
}

pub(crate) async fn token(
    State(app): State<App>,
    Now(now): Now,
    headers: HeaderMap,
    form: Result<Form, Problem>,
) -> Result<TokenResponse, OauthError> {
    let form = form?;
    let client_id = client_id(&headers, form.get("client_id"))?;
    match form.require("grant_type")? {
        "authorization_code" => {
            let presented = oauth::CodeRedemption {
                code: form.require("code")?,
                client_id: client_id.as_deref(),
                redirect_uri: form.require("redirect_uri")?,
                code_verifier: form.require("code_verifier")?,
            };
            let session = app.codes.redeem(presented, now).await;
            let session = session.map_err(from_domain::of_code)?;
            Ok(TokenResponse::from(session).naming_scope())
        }
        "refresh_token" => {
            let token = form.require("refresh_token")?;
            let scope = optional_field("scope", form.get("scope"), Scope::parse);
            let scope = scope.map_err(|problem| problem.error("invalid_scope"))?;
            let presented = Continuation {
                token,
                transport: TokenTransport::Bearer,
                client_id: client_id.as_deref(),
                scope: scope.as_ref(),
                logged_out: &[],
            };
            let session = app.sessions.refresh(presented, now).await;
            Ok(session.map_err(from_domain::of_refresh)?.into())
        }
        _ => Err(Problem::new(Code::UnsupportedGrantType).into()),
    }
}

/// The client that the form or the `Authorization` header names. A public client may send HTTP Basic
/// with its `client_id` and an empty password (RFC 6749 §2.3.1).
fn client_id<'a>(
    headers: &HeaderMap,
    in_form: Option<&'a str>,
) -> Result<Option<Cow<'a, str>>, Problem> {
    let mut authorization = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = authorization.next() else {
        return Ok(in_form.map(Cow::Borrowed));
    };
    let named = basic_client_id(header.as_bytes()).filter(|_| authorization.next().is_none());
    let Some(named) = named else {
        return Err(Problem::new(Code::InvalidClient).challenge(from_domain::BEARER));
    };
    if in_form.is_some_and(|in_form| in_form != named) {
        let title = "The client_id in the form differs from the one in the Authorization header.";
        let problem = Problem::new(Code::InvalidField).bad_request();
        return Err(problem.title(title));
    }
    Ok(Some(Cow::Owned(named)))
}

/// The user of Basic credentials (RFC 7617 §2) whose password is empty, decoded as a form is.
fn basic_client_id(credentials: &[u8]) -> Option<String> {
    let (scheme, encoded) = str::from_utf8(credentials).ok()?.split_once(' ')?;
    let encoded = encoded.trim_start_matches(' ');
    let decoded = STANDARD.decode(encoded).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let user = decoded.strip_suffix(':')?;
    if !scheme.eq_ignore_ascii_case("basic") || user.is_empty() || user.contains(':') {
        return None;
    }
    let user = percent_decode_str(user).decode_utf8().ok()?;
    Some(user.into_owned())
}
