//! `/passkeys/registration` and `/me/passkeys…`: the passkeys of the user.

pub(crate) mod login;
pub(crate) mod related_origins;

use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        sensitive_change::{SensitiveChangeRequest, possession, renewed, requester},
        token_response::{PasskeyResponseSchema, TokenResponse, TokenResponseSchema},
    },
    app::App,
    audit::AuditAction,
    http::{
        extract::{
            Authenticated, AuthenticatedCaller, JsonBody, Now, PasskeyIdPath, Password, field,
        },
        openapi::OpenApiBuilder,
        passkeys::{
            credential::RegistrationCredential,
            options::{CreationOptions, creation_options},
        },
        problem::Problem,
        user_data::PasskeyDescription,
    },
    passkey::PasskeyName,
    profile::{PresentedRegistration, ProfileService},
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.post(
        "/passkeys/registration",
        "Get the options with which a browser creates a passkey.",
    )
    .tag("person")
    .session(true)
    .takes::<RegistrationRequest>()
    .answers::<RegistrationAnswer>(
        200,
        "The options and their challenge, valid for five minutes.",
    )
    .fails(&[404, 409]);
    api.post("/me/passkeys", "Add a passkey; all other sessions end.")
        .tag("person")
        .session(true)
        .takes::<PasskeyRequest>()
        .takes_proof()
        .answers::<PasskeyResponseSchema>(201, "The renewed session and the passkey.")
        .fails(&[404, 409, 429]);
    api.operation("patch", "/me/passkeys/{id}", "Rename a passkey.")
        .tag("person")
        .session(true)
        .takes::<RenameRequest>()
        .answers::<PasskeyDescription>(200, "The passkey.")
        .fails(&[404]);
    api.delete(
        "/me/passkeys/{id}",
        "Remove a passkey; all other sessions end.",
    )
    .tag("person")
    .session(true)
    .may_take::<SensitiveChangeRequest>()
    .takes_proof()
    .answers::<TokenResponseSchema>(200, "The renewed session.")
    .fails(&[404, 409, 429]);
}

/// The body is an empty object.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationRequest {}

/// Give the options to `navigator.credentials.create()`, and send the challenge with its answer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RegistrationAnswer {
    challenge: String,
    options: CreationOptions,
    expires_in: i64,
}

pub(crate) async fn registration(
    State(app): State<App>,
    Authenticated(session): Authenticated,
    Now(now): Now,
    JsonBody(RegistrationRequest {}): JsonBody<RegistrationRequest>,
) -> Result<Json<RegistrationAnswer>, Problem> {
    let begun = app.profiles.begin_passkey(&session, now).await?;
    Ok(Json(RegistrationAnswer {
        options: creation_options(&app.config, &begun),
        challenge: begun.sealed,
        expires_in: begun.lifetime.num_seconds(),
    }))
}

/// The password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyRequest {
    challenge: String,
    credential: RegistrationCredential,
    name: Option<String>,
    password: Option<Password>,
}

pub(crate) async fn add(
    State(app): State<App>,
    authenticated: AuthenticatedCaller,
    JsonBody(request): JsonBody<PasskeyRequest>,
) -> Result<TokenResponse, Problem> {
    let name = request.name.as_deref().map(PasskeyName::parse);
    let name = field("name", name.transpose())?.unwrap_or_default();
    let requester = authenticated.requester("password", request.password)?;
    let now = authenticated.caller.now;
    let (session, proof) = (&authenticated.session, &authenticated.caller.proof);
    let possession = app
        .sessions
        .possession_of_session(session, proof, now)
        .await?;
    let decoded = request.credential.decoded();
    let presented = PresentedRegistration {
        challenge: &request.challenge,
        response: decoded.response(),
        transports: request.credential.transports(),
        name,
    };
    let (user, passkey) = app.profiles.add_passkey(requester, presented, now).await?;
    let renewed = app
        .sessions
        .renew(session, &user, AuditAction::FactorAdd, possession, now)?;
    Ok(TokenResponse::from(renewed).with_passkey(passkey.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameRequest {
    name: String,
}

pub(crate) async fn rename(
    State(profiles): State<ProfileService>,
    authenticated: AuthenticatedCaller,
    PasskeyIdPath(id): PasskeyIdPath,
    JsonBody(request): JsonBody<RenameRequest>,
) -> Result<Json<PasskeyDescription>, Problem> {
    let name = field("name", PasskeyName::parse(&request.name))?;
    let (session, now) = (&authenticated.session, authenticated.caller.now);
    let passkey = profiles.rename_passkey(session, id, &name, now).await?;
    Ok(Json(passkey.into()))
}

pub(crate) async fn remove(
    State(app): State<App>,
    authenticated: AuthenticatedCaller,
    PasskeyIdPath(id): PasskeyIdPath,
    body: Option<JsonBody<SensitiveChangeRequest>>,
) -> Result<TokenResponse, Problem> {
    let requester = requester(&authenticated, body)?;
    let act = (
        AuditAction::FactorRemove,
        possession(&app, &authenticated).await?,
    );
    let now = authenticated.caller.now;
    let user = app.profiles.remove_passkey(requester, id, now).await?;
    renewed(&app, &authenticated, &user, act)
}
