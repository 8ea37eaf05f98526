//! `GET /me/accounts`: the ways by which the person can come in.

use axum::{Json, Router, extract::State, routing::get};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    app::App,
    http::{extract::Presented, openapi::Api, problem::Problem},
    identity::{Account, AccountId, AccountKind},
    record::Records,
};

pub(in crate::http) fn router() -> Router<App> {
    Router::new().route("/me/accounts", get(accounts))
}

pub(super) fn describe(api: &mut Api) {
    api.get("/me/accounts", "The ways by which the person comes in.")
        .tag("person")
        .session(false)
        .answers::<Accounts>(200, "All of them.");
}

/// One way in. Times are RFC 3339, in UTC.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub(super) struct Listed {
    #[schemars(with = "uuid::Uuid")]
    id: AccountId,
    #[schemars(with = "String", extend("enum" = ["credentials", "email"]))]
    r#type: AccountKind,
    provider: String,
    provider_account_id: String,
    created_at: DateTime<Utc>,
}

#[derive(Serialize, JsonSchema)]
struct Accounts {
    accounts: Vec<Listed>,
}

impl From<Account> for Listed {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            r#type: account.kind,
            provider: account.provider,
            provider_account_id: account.provider_account_id,
            created_at: account.created_at,
        }
    }
}

async fn accounts(
    State(records): State<Records>,
    Presented(session): Presented,
) -> Result<Json<Accounts>, Problem> {
    let accounts = records.accounts(&session).await?;
    let accounts = accounts.into_iter().map(Listed::from).collect();
    Ok(Json(Accounts { accounts }))
}
