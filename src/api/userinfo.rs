//! `GET|POST /userinfo` (OpenID Connect Core §5.3): the claims of the granted scopes, from the user's row.

use axum::{
    Json,
    extract::{FromRef, FromRequest, FromRequestParts, Request, State},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    app::App,
    client::{OPENID, TokenTransport},
    config::RolesConfig,
    http::{
        extract::{Authenticated, Form, Now, has_bearer_token, missing_token},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
    },
    profile::ProfileService,
    session::{Sessions, user_claims},
    token::Access,
};

/// The claims about the user. Those without a value are absent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserInfo")]
pub(crate) struct UserInfoResponse {
    /// The user, as in the ID token.
    #[schemars(with = "uuid::Uuid")]
    sub: String,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

/// The form of a request that sends the access token in its body (RFC 6750 §2.2).
#[derive(JsonSchema)]
#[expect(dead_code, reason = "forms are read by name; this describes them")]
struct UserInfoForm {
    access_token: String,
}

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/userinfo", "Get the claims of the granted scopes.")
        .tag("session")
        .session(false)
        .answers::<UserInfoResponse>(200, "The claims.")
        .fails(&[403]);
    api.post("/userinfo", "Get the claims of the granted scopes.")
        .tag("session")
        .session(false)
        .may_take_form::<UserInfoForm>()
        .answers::<UserInfoResponse>(200, "The claims.")
        .fails(&[403]);
}

/// The services behind the userinfo endpoint.
#[derive(Clone)]
pub(crate) struct UserInfoEndpoint {
    profiles: ProfileService,
    roles: RolesConfig,
}

impl FromRef<App> for UserInfoEndpoint {
    fn from_ref(app: &App) -> Self {
        Self {
            profiles: app.profiles.clone(),
            roles: app.config.roles.clone(),
        }
    }
}

pub(crate) async fn get(
    State(userinfo): State<UserInfoEndpoint>,
    Authenticated(session): Authenticated,
) -> Result<Json<UserInfoResponse>, Problem> {
    userinfo.claims(&session).await
}

pub(crate) async fn post(
    State(userinfo): State<UserInfoEndpoint>,
    PostedToken(session): PostedToken,
) -> Result<Json<UserInfoResponse>, Problem> {
    userinfo.claims(&session).await
}

impl UserInfoEndpoint {
    async fn claims(&self, session: &Access) -> Result<Json<UserInfoResponse>, Problem> {
        if !session.scope.contains(OPENID) {
            return Err(from_domain::insufficient_scope(OPENID));
        }
        let user = self.profiles.read(session).await?;
        Ok(Json(UserInfoResponse {
            sub: user.id.to_string(),
            claims: user_claims(&session.scope, &user, &self.roles),
        }))
    }
}

/// The session of a POST: its access token is in the header, or in the form (RFC 6750 §2.2).
pub(crate) struct PostedToken(Access);

impl FromRequest<App> for PostedToken {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let is_form = parts.headers.contains_key(axum::http::header::CONTENT_TYPE);
        if has_bearer_token(&parts.headers) || !is_form {
            let session = Authenticated::from_request_parts(&mut parts, app).await?;
            return Ok(Self(session.0));
        }
        let Ok(Now(now)) = Now::from_request_parts(&mut parts, app).await;
        let form = Form::from_request(Request::from_parts(parts, body), app).await?;
        let token = form.get("access_token").ok_or_else(missing_token)?;
        let session = Sessions::from_ref(app).presented(token, TokenTransport::Bearer, now);
        Ok(Self(session?))
    }
}
