//! `GET|POST /userinfo` (OpenID Connect Core §5.3): the claims of the granted scopes, from the user's row.

use axum::{
    Json,
    extract::{FromRef, FromRequest, FromRequestParts, Request, State},
    http::header::CONTENT_TYPE,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    app::App,
    client::{OPENID, TokenTransport},
    config::RolesConfig,
    http::{
        extract::{Authenticated, Form, Now, has_bearer_token, media_type, missing_token},
        openapi::OpenApiBuilder,
        problem::{
            Code, Problem,
            from_domain::{self, INVALID_REQUEST},
        },
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

/// The media type of a form.
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The problem of a request with an access token in the header and in the form (RFC 6750 §2).
fn two_tokens() -> Problem {
    let problem = Problem::new(Code::InvalidRequest).challenge(INVALID_REQUEST);
    problem.title("The request has an access token in the header and in the form.")
}

/// The session of a POST: its access token is in the header, or in the form (RFC 6750 §2.2), and not in both.
pub(crate) struct PostedToken(Access);

impl FromRequest<App> for PostedToken {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let has_header = has_bearer_token(&parts.headers);
        if has_header || !parts.headers.contains_key(CONTENT_TYPE) {
            let Authenticated(session) = Authenticated::from_request_parts(&mut parts, app).await?;
            if has_header && media_type::is(&parts.headers, FORM_TYPE) {
                let form = Form::from_request(Request::from_parts(parts, body), app).await?;
                if form.get("access_token").is_some() {
                    return Err(two_tokens());
                }
            }
            return Ok(Self(session));
        }
        let Ok(Now(now)) = Now::from_request_parts(&mut parts, app).await;
        let form = Form::from_request(Request::from_parts(parts, body), app).await?;
        let token = form.get("access_token").ok_or_else(missing_token)?;
        let session = Sessions::from_ref(app).presented(token, TokenTransport::Bearer, now);
        Ok(Self(session?))
    }
}
