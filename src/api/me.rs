//! `/me`: the profile of the user, read from the user's row.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    app::App,
    http::{
        cookie::CookieChange,
        extract::{Authenticated, AuthenticatedCaller, JsonBody, Now, Password, field},
        openapi::OpenApiBuilder,
        problem::Problem,
        user_data::{Profile, UserData},
    },
    identity::{ImageUrl, PersonName},
    json::Patch,
    profile::ProfileService,
    store::ProfileEdit,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let summary = "Download everything that is stored about the user.";
    api.get("/me/data", summary)
        .tag("person")
        .session(false)
        .answers::<UserData>(200, "The file `signet-data.json`, without secrets.");
    api.get("/me", "Get the user's own profile.")
        .tag("person")
        .session(false)
        .answers::<Profile>(200, "The profile.");
    api.operation(
        "patch",
        "/me",
        "Change the user's own profile; null removes a value.",
    )
    .tag("person")
    .session(true)
    .takes::<EditRequest>()
    .answers::<Profile>(200, "The changed profile.");
    api.delete("/me", "Delete the user and all their data.")
        .tag("person")
        .session(true)
        .may_take::<DeleteRequest>()
        .answers_nothing(204, "User and all their data deleted.")
        .fails(&[429]);
}

/// Returns everything that is stored about the user, as a file.
pub(crate) async fn data(
    State(profiles): State<ProfileService>,
    Authenticated(session): Authenticated,
) -> Result<UserData, Problem> {
    Ok(profiles.data(&session).await?.into())
}

pub(crate) async fn read(
    State(profiles): State<ProfileService>,
    Authenticated(session): Authenticated,
) -> Result<Json<Profile>, Problem> {
    Ok(Json(profiles.read(&session).await?.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditRequest {
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    name: Patch<String>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    image: Patch<String>,
}

pub(crate) async fn edit(
    State(profiles): State<ProfileService>,
    Now(now): Now,
    Authenticated(session): Authenticated,
    JsonBody(request): JsonBody<EditRequest>,
) -> Result<Json<Profile>, Problem> {
    let edit = ProfileEdit {
        name: field("name", request.name.parse(|text| PersonName::parse(&text)))?,
        image: field("image", request.image.parse(|text| ImageUrl::parse(&text)))?,
    };
    if edit == ProfileEdit::default() {
        return Ok(Json(profiles.read(&session).await?.into()));
    }
    let user = profiles.edit(&session, &edit, now).await?;
    Ok(Json(user.into()))
}

/// The password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteRequest {
    password: Option<Password>,
}

pub(crate) async fn delete(
    State(app): State<App>,
    authenticated: AuthenticatedCaller,
    body: Option<JsonBody<DeleteRequest>>,
) -> Result<Response, Problem> {
    let password = body.and_then(|JsonBody(request)| request.password);
    let requester = authenticated.requester("password", password)?;
    app.profiles
        .delete(requester, authenticated.caller.now)
        .await?;
    let change = CookieChange::end(&authenticated.session, &app.sessions);
    Ok((change.map(Extension), StatusCode::NO_CONTENT).into_response())
}
