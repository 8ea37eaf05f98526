//! `GET /me`: the person's own record, asked of the row.

use axum::{Json, Router, extract::State, routing::get};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    app::App,
    http::{extract::Presented, problem::Problem, refusal},
    identity::{EmailAddress, PersonName, Role, User, UserId},
    session::Sessions,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/me", get(me))
}

/// What a person is shown of the own row. Times are RFC 3339, in UTC.
#[derive(Serialize)]
struct Me {
    id: UserId,
    name: Option<PersonName>,
    email: EmailAddress,
    email_verified: Option<DateTime<Utc>>,
    image: Option<String>,
    role: Role,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<User> for Me {
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

async fn me(
    State(sessions): State<Sessions>,
    Presented(session): Presented,
) -> Result<Json<Me>, Problem> {
    let user = sessions.person(&session).await;
    let user = user.map_err(|error| refusal::of_session(error, refusal::invalid_token))?;
    Ok(Json(user.into()))
}
