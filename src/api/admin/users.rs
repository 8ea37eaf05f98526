//! `/admin/users…`: the users.

use axum::{Json, extract::State, http::StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    admin::{AdminService, UserDetails, UserRecord},
    http::{
        extract::{
            AdminOnly, AdminSession, JsonBody, Password, Query, UserIdPath, field, optional_field,
        },
        openapi::OpenApiBuilder,
        problem::Problem,
        user_data::{ListedAccount, Profile},
    },
    identity::{EmailAddress, PersonName, Role, SecondFactorKind, User, UserId},
    store::{EmailFilter, LikePattern, UserFilter},
};

/// The default and the maximum number of users on a page.
const PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 500;

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/admin/users", "List users.")
        .query("address", &json!({ "type": "string" }))
        .query("role", &json!({ "type": "string" }))
        .query("is_active", &json!({ "type": "boolean" }))
        .query("after", &json!({ "type": "string", "format": "uuid" }))
        .query(
            "limit",
            &json!({ "type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": PAGE }),
        )
        .admin(false)
        .answers::<UserPage>(200, "A page of users.")
        .fails(&[422]);
    api.post("/admin/users", "Create a user.")
        .admin(true)
        .takes::<CreateRequest>()
        .answers::<Person>(201, "The user.")
        .fails(&[409, 429]);
    api.get(
        "/admin/users/{id}",
        "Get a user, their login methods and second factors.",
    )
    .admin(false)
    .answers::<Person>(200, "The user.");
    api.delete("/admin/users/{id}", "Delete a user.")
        .admin(true)
        .answers_nothing(204, "User and all their data deleted.")
        .fails(&[409]);
    api.put("/admin/users/{id}/role", "Set the role of a user.")
        .admin(true)
        .takes::<RoleRequest>()
        .answers_nothing(204, "Role set. Tokens contain it from the next refresh.")
        .fails(&[409]);
    for (path, summary) in [
        ("/admin/users/{id}/disable", "Disable a user."),
        ("/admin/users/{id}/enable", "Enable a user."),
        ("/admin/users/{id}/logout", "End all sessions of a user."),
    ] {
        api.post(path, summary)
            .admin(true)
            .answers_nothing(204, "Done. All sessions of the user have ended.")
            .fails(&[409]);
    }
}

/// A user, as shown to admins.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Person {
    #[serde(flatten)]
    record: Profile,
    is_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<ListedAccount>>,
    /// The kinds of second factors: `passkey`, `totp` and `recovery_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    factors: Option<Vec<&'static str>>,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            is_active: user.is_active,
            record: user.into(),
            accounts: None,
            factors: None,
        }
    }
}

impl From<UserRecord> for Person {
    fn from(record: UserRecord) -> Self {
        let accounts = record.accounts.into_iter().map(ListedAccount::from);
        let kinds = record.factors.kinds().into_iter();
        Self {
            accounts: Some(accounts.collect()),
            factors: Some(kinds.map(SecondFactorKind::as_str).collect()),
            ..record.user.into()
        }
    }
}

/// A page of users. If there may be more, `next` is the value of `after` for the next page.
#[derive(Serialize, JsonSchema)]
pub(crate) struct UserPage {
    users: Vec<Person>,
    #[schemars(with = "Option<uuid::Uuid>")]
    next: Option<UserId>,
}

pub(crate) async fn list(
    State(administration): State<AdminService>,
    AdminOnly { admin, .. }: AdminOnly,
    query: Query,
) -> Result<Json<UserPage>, Problem> {
    query.has_only(&["address", "role", "is_active", "after", "limit"])?;
    let after = optional_field("after", query.given("after"), |id| {
        id.parse()
            .map_err(|_| "must be the `next` of the previous page")
    })?;
    let limit = limit_of(&query, LONGEST_PAGE)?.unwrap_or(PAGE);
    let is_active = optional_field("is_active", query.given("is_active"), |text| {
        text.parse().map_err(|_| "must be `true` or `false`")
    })?;
    let part = query.get("address").map(LikePattern::containing);
    let filter = UserFilter {
        email: part.map(EmailFilter::Like),
        role: optional_field("role", query.given("role"), Role::parse)?,
        is_active,
        ..UserFilter::default()
    };
    let users = administration.list(admin, &filter, after, limit).await?;
    let is_full = u32::try_from(users.len()).is_ok_and(|length| length == limit);
    let next = users.last().map(|user| user.id).filter(|_| is_full);
    let users = users.into_iter().map(Person::from).collect();
    Ok(Json(UserPage { users, next }))
}

/// Returns the parameter `limit`, a number from 1 to `most`.
///
/// # Errors
/// `invalid_field`: it is no such number.
pub(super) fn limit_of(query: &Query, most: u32) -> Result<Option<u32>, Problem> {
    optional_field("limit", query.given("limit"), |limit| {
        let limit = limit.parse().ok();
        limit
            .filter(|limit| (1..=most).contains(limit))
            .ok_or_else(|| format!("must be a whole number from 1 to {most}"))
    })
}

/// The new user. The email counts as verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateRequest {
    email: String,
    password: Password,
    name: Option<String>,
    role: Option<String>,
}

pub(crate) async fn create(
    State(administration): State<AdminService>,
    AdminSession { session, caller }: AdminSession,
    JsonBody(request): JsonBody<CreateRequest>,
) -> Result<(StatusCode, Json<Person>), Problem> {
    // Admitted again after the body has arrived: the admin may have been disabled meanwhile.
    let admin = administration.admit(&session, caller.now).await?;
    let role = optional_field("role", request.role.as_deref(), Role::parse)?;
    let new = UserDetails {
        email: field("email", EmailAddress::parse(&request.email))?,
        is_verified: true,
        name: optional_field("name", request.name.as_deref(), PersonName::parse)?,
        role: role.unwrap_or_default(),
        password: request.password.parse("password")?,
    };
    let user = administration
        .create(admin, new, caller.network, caller.now)
        .await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}

pub(crate) async fn show(
    State(administration): State<AdminService>,
    AdminOnly { admin, .. }: AdminOnly,
    UserIdPath(id): UserIdPath,
) -> Result<Json<Person>, Problem> {
    let found = administration.show(admin, id).await?;
    Ok(Json(found.into()))
}

pub(crate) async fn delete(
    State(administration): State<AdminService>,
    AdminOnly { admin, .. }: AdminOnly,
    UserIdPath(id): UserIdPath,
) -> Result<StatusCode, Problem> {
    administration.delete(admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleRequest {
    role: String,
}

pub(crate) async fn role(
    State(administration): State<AdminService>,
    AdminSession { session, caller }: AdminSession,
    UserIdPath(id): UserIdPath,
    JsonBody(request): JsonBody<RoleRequest>,
) -> Result<StatusCode, Problem> {
    let admin = administration.admit(&session, caller.now).await?;
    let role = field("role", Role::parse(&request.role))?;
    administration
        .set_role(admin, id, &role, caller.now)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn set_active<const IS_ACTIVE: bool>(
    State(administration): State<AdminService>,
    AdminOnly { admin, caller }: AdminOnly,
    UserIdPath(id): UserIdPath,
) -> Result<StatusCode, Problem> {
    administration
        .set_active(admin, id, IS_ACTIVE, caller.now)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn log_out(
    State(administration): State<AdminService>,
    AdminOnly { admin, caller }: AdminOnly,
    UserIdPath(id): UserIdPath,
) -> Result<StatusCode, Problem> {
    administration.log_out(admin, id, caller.now).await?;
    Ok(StatusCode::NO_CONTENT)
}
