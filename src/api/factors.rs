//! `/me/factors`, `/me/totp` and `/me/recovery-codes`: the second factors of the user, and their reset by an admin.

use axum::{Json, extract::State, http::StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    sensitive_change::{SensitiveChangeRequest, possession, renewed, requester},
    token_response::{TokenResponse, TokenResponseSchema},
};
use crate::{
    app::App,
    audit::AuditAction,
    http::{
        extract::{AdminSession, Authenticated, AuthenticatedCaller, JsonBody, UserIdPath, field},
        openapi::OpenApiBuilder,
        problem::Problem,
        user_data::FactorsAnswer,
    },
    profile::ProfileService,
    second_factor::{TotpCode, qr_svg},
    session::ProvenLogin,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/me/factors", "List the second factors of the user.")
        .tag("person")
        .session(false)
        .answers::<FactorsAnswer>(200, "The second factors.");
    api.post("/me/totp", "Create the secret of an authenticator app.")
        .tag("person")
        .session(true)
        .may_take::<SensitiveChangeRequest>()
        .answers::<EnrolmentAnswer>(200, "The secret. It is stored once a code confirms it.")
        .fails(&[409, 429]);
    api.post(
        "/me/totp/confirm",
        "Add the authenticator app; all other sessions end.",
    )
    .tag("person")
    .session(true)
    .takes::<ConfirmRequest>()
    .takes_proof()
    .answers::<TokenResponseSchema>(201, "The renewed session, of two factors.")
    .fails(&[400, 409]);
    api.delete(
        "/me/totp",
        "Remove the authenticator app; all other sessions end.",
    )
    .tag("person")
    .session(true)
    .may_take::<SensitiveChangeRequest>()
    .takes_proof()
    .answers::<TokenResponseSchema>(200, "The renewed session.")
    .fails(&[404, 429]);
    api.post(
        "/me/recovery-codes",
        "Create recovery codes, which replace the earlier ones.",
    )
    .tag("person")
    .session(true)
    .may_take::<SensitiveChangeRequest>()
    .answers::<RecoveryCodesAnswer>(201, "The codes. They are not shown again.")
    .fails(&[409, 429]);
    api.post(
        "/admin/users/{id}/factors/reset",
        "Remove all second factors of a user.",
    )
    .admin(true)
    .answers_nothing(204, "Done. All sessions of the user have ended.");
}

pub(crate) async fn list(
    State(profiles): State<ProfileService>,
    Authenticated(session): Authenticated,
) -> Result<Json<FactorsAnswer>, Problem> {
    let factors = profiles.factors(&session).await?;
    Ok(Json(factors.into()))
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct EnrolmentAnswer {
    /// The sealed enrolment, for `/me/totp/confirm`.
    enrolment: String,
    /// The secret in base32, to type into the app.
    secret: String,
    /// The `otpauth` URI of the secret.
    uri: String,
    /// The URI as a QR code: an SVG document.
    qr_svg: String,
    /// The seconds in which the enrolment is valid.
    expires_in: i64,
}

pub(crate) async fn enrol(
    State(profiles): State<ProfileService>,
    authenticated: AuthenticatedCaller,
    body: Option<JsonBody<SensitiveChangeRequest>>,
) -> Result<Json<EnrolmentAnswer>, Problem> {
    let requester = requester(&authenticated, body)?;
    let enrolled = profiles.enrol_totp(requester, authenticated.caller.now);
    let enrolment = enrolled.await?;
    let svg = qr_svg(&enrolment.uri).map_err(|error| Problem::failed(&error))?;
    Ok(Json(EnrolmentAnswer {
        enrolment: enrolment.enrolment,
        secret: enrolment.secret,
        uri: enrolment.uri,
        qr_svg: svg,
        expires_in: enrolment.expires_in.num_seconds(),
    }))
}

/// The enrolment of `/me/totp`, and the code that the app shows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    enrolment: String,
    code: String,
}

pub(crate) async fn confirm(
    State(app): State<App>,
    AuthenticatedCaller { session, caller }: AuthenticatedCaller,
    JsonBody(request): JsonBody<ConfirmRequest>,
) -> Result<(StatusCode, TokenResponse), Problem> {
    let code = field("code", TotpCode::parse(&request.code))?;
    let now = caller.now;
    let possession = app
        .sessions
        .possession_of_session(&session, &caller.proof, now)
        .await?;
    let origin = (&session, caller.locale());
    let confirming = app
        .profiles
        .confirm_totp(origin, &request.enrolment, &code, now);
    let (user, proven_at) = confirming.await?;
    let proven = ProvenLogin::with_second_factor(&session, proven_at);
    let act = (AuditAction::FactorAdd, possession);
    let session = app.sessions.renew_as(&session, proven, &user, act, now)?;
    Ok((StatusCode::CREATED, TokenResponse::from(session)))
}

pub(crate) async fn remove(
    State(app): State<App>,
    authenticated: AuthenticatedCaller,
    body: Option<JsonBody<SensitiveChangeRequest>>,
) -> Result<TokenResponse, Problem> {
    let requester = requester(&authenticated, body)?;
    let act = (
        AuditAction::FactorRemove,
        possession(&app, &authenticated).await?,
    );
    let removing = app
        .profiles
        .remove_totp(requester, authenticated.caller.now);
    renewed(&app, &authenticated, &removing.await?, act)
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct RecoveryCodesAnswer {
    recovery_codes: Vec<String>,
}

pub(crate) async fn create_recovery_codes(
    State(profiles): State<ProfileService>,
    authenticated: AuthenticatedCaller,
    body: Option<JsonBody<SensitiveChangeRequest>>,
) -> Result<(StatusCode, Json<RecoveryCodesAnswer>), Problem> {
    let requester = requester(&authenticated, body)?;
    let creating = profiles.create_recovery_codes(requester, authenticated.caller.now);
    let recovery_codes = creating.await?;
    let answer = Json(RecoveryCodesAnswer { recovery_codes });
    Ok((StatusCode::CREATED, answer))
}

pub(crate) async fn reset(
    State(app): State<App>,
    AdminSession { session, caller }: AdminSession,
    UserIdPath(id): UserIdPath,
) -> Result<StatusCode, Problem> {
    let admin = app.administration.admit(&session, caller.now).await?;
    let resetting = app.administration.reset_factors(admin, id, caller.now);
    let user = resetting.await?;
    let profiles = &app.profiles;
    profiles
        .notify_factors_reset(&user, caller.locale(), session.mailing_client())
        .await;
    Ok(StatusCode::NO_CONTENT)
}
