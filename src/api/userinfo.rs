//! `GET|POST /userinfo` (OpenID Connect Core §5.3): the claims of the granted scopes, from the user's row.

use axum::{
    Json,
    extract::{FromRef, State},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    app::App,
    config::RolesConfig,
    http::{
        extract::{PostedToken, PresentedAccess},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    profile::ProfileService,
    session::user_claims,
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
        .any_session()
        .answers::<UserInfoResponse>(200, "The claims.")
        .fails(&[403]);
    api.post("/userinfo", "Get the claims of the granted scopes.")
        .tag("session")
        .any_session()
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
    PresentedAccess(session): PresentedAccess,
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
        let user = self.profiles.read_for_client(session).await?;
        Ok(Json(UserInfoResponse {
            sub: user.id.to_string(),
            claims: user_claims(&session.scope, &user, &self.roles),
        }))
    }
}
