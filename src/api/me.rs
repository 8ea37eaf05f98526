//! `/me`: the person's own record, asked of the row.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    audit::{Act, audit},
    http::{
        cookie::Change,
        extract::{Body, ClientNetwork, Now, Password, Presented, field},
        openapi::Api,
        problem::Problem,
    },
    identity::{EmailAddress, ImageUrl, PersonName, Role, User, UserId},
    json::Patch,
    record::{Asker, Records},
    session::Sessions,
    store::Edit,
};

pub(crate) fn describe(api: &mut Api) {
    api.get("/me", "Get the user's own profile.")
        .tag("person")
        .session(false)
        .answers::<Record>(200, "The profile.");
    api.operation(
        "patch",
        "/me",
        "Change the user's own profile; null removes a value.",
    )
    .tag("person")
    .session(true)
    .takes::<EditRequest>()
    .answers::<Record>(200, "The changed profile.");
    api.delete("/me", "Delete the user and all their data.")
        .tag("person")
        .session(true)
        .may_take::<DeleteRequest>()
        .answers_nothing(204, "User and all their data deleted.")
        .fails(&[429]);
}

/// The user's own profile. Times are RFC 3339, in UTC.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Record {
    #[schemars(with = "uuid::Uuid")]
    id: UserId,
    #[schemars(with = "Option<String>")]
    name: Option<PersonName>,
    #[schemars(with = "String")]
    email: EmailAddress,
    email_verified: Option<DateTime<Utc>>,
    #[schemars(with = "Option<String>")]
    image: Option<ImageUrl>,
    #[schemars(with = "String")]
    role: Role,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<User> for Record {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            email_verified: user.email_verified,
            image: user.image,
            role: user.role,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

pub(crate) async fn read(
    State(records): State<Records>,
    Presented(session): Presented,
) -> Result<Json<Record>, Problem> {
    Ok(Json(records.read(&session).await?.into()))
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
    State(records): State<Records>,
    Now(now): Now,
    Presented(session): Presented,
    Body(request): Body<EditRequest>,
) -> Result<Json<Record>, Problem> {
    let edit = Edit {
        name: field("name", request.name.parse(|text| PersonName::parse(&text)))?,
        image: field("image", request.image.parse(|text| ImageUrl::parse(&text)))?,
    };
    if edit == Edit::default() {
        return Ok(Json(records.read(&session).await?.into()));
    }
    let user = records.edit(&session, &edit, now).await?;
    audit!(Act::RecordChange, Done, user.id = %user.id, sid = %session.sid);
    Ok(Json(user.into()))
}

/// The password is required unless the login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteRequest {
    password: Option<Password>,
}

pub(crate) async fn delete(
    State(records): State<Records>,
    State(sessions): State<Sessions>,
    Now(now): Now,
    ClientNetwork(network): ClientNetwork,
    Presented(session): Presented,
    body: Option<Body<DeleteRequest>>,
) -> Result<Response, Problem> {
    let password = body.and_then(|Body(request)| request.password);
    let asker = Asker {
        session: &session,
        password: password.map(|it| it.parse("password")).transpose()?,
        network,
    };
    records.delete(asker, now).await?;
    audit!(Act::UserDelete, Done, user.id = %session.sub, sid = %session.sid);
    let change = Change::end(&session, &sessions);
    Ok((change.map(Extension), StatusCode::NO_CONTENT).into_response())
}
