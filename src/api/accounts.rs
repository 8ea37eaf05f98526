//! `/me/accounts…`: the login methods of the user.

use axum::{Json, extract::State, http::StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        sensitive_change::{SensitiveChangeRequest, possession, renewed, requester},
        token_response::{TokenResponse, TokenResponseSchema},
    },
    app::App,
    audit::AuditAction,
    http::{
        extract::{AccountIdPath, Authenticated, AuthenticatedCaller, JsonBody, Password},
        openapi::OpenApiBuilder,
        problem::{Problem, from_domain},
        user_data::ListedAccount,
    },
    oauth,
    profile::ProfileService,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/me/accounts", "List the user's login methods.")
        .tag("person")
        .session(false)
        .answers::<Accounts>(200, "All accounts of the user.");
    api.post("/me/accounts", "Link a provider account by its code.")
        .tag("person")
        .session(true)
        .takes::<AccountLinkRequest>()
        .takes_proof()
        .answers::<ListedAccount>(
            201,
            "The account is linked. The response is the same if it was linked before.",
        )
        .fails(&[409, 429]);
    api.delete(
        "/me/accounts/{id}",
        "Unlink a provider account; all other sessions end.",
    )
    .tag("person")
    .session(true)
    .may_take::<SensitiveChangeRequest>()
    .takes_proof()
    .answers::<TokenResponseSchema>(200, "The renewed session.")
    .fails(&[404, 409, 429]);
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Accounts {
    accounts: Vec<ListedAccount>,
}

pub(crate) async fn accounts(
    State(profiles): State<ProfileService>,
    Authenticated(session): Authenticated,
) -> Result<Json<Accounts>, Problem> {
    let accounts = profiles.accounts(&session).await?;
    let accounts = accounts.into_iter().map(ListedAccount::from).collect();
    Ok(Json(Accounts { accounts }))
}

/// The code is the one that `/authorize` returns for `intent=link`. The password is required unless the
/// login is recent. If it is given, it is verified.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountLinkRequest {
    code: String,
    code_verifier: String,
    redirect_uri: String,
    password: Option<Password>,
}

pub(crate) async fn link(
    State(app): State<App>,
    authenticated: AuthenticatedCaller,
    JsonBody(request): JsonBody<AccountLinkRequest>,
) -> Result<(StatusCode, Json<ListedAccount>), Problem> {
    let requester = authenticated.requester("password", request.password)?;
    let now = authenticated.caller.now;
    let presented = oauth::CodeRedemption {
        code: &request.code,
        client: app.sessions.clients().get(&authenticated.session.client_id),
        redirect_uri: &request.redirect_uri,
        code_verifier: Some(&request.code_verifier),
        resource: None,
        proof: &authenticated.caller.proof,
    };
    let account = app
        .codes
        .account(presented, &authenticated.session, now)
        .await;
    let account = account.map_err(from_domain::of_account_code)?;
    let account = app.profiles.link(requester, &account, now).await?;
    Ok((StatusCode::CREATED, Json(account.into())))
}

pub(crate) async fn unlink(
    State(app): State<App>,
    authenticated: AuthenticatedCaller,
    AccountIdPath(id): AccountIdPath,
    body: Option<JsonBody<SensitiveChangeRequest>>,
) -> Result<TokenResponse, Problem> {
    let requester = requester(&authenticated, body)?;
    let act = (
        AuditAction::AccountUnlink,
        possession(&app, &authenticated).await?,
    );
    let unlinking = app.profiles.unlink(requester, id, authenticated.caller.now);
    renewed(&app, &authenticated, &unlinking.await?, act)
}
