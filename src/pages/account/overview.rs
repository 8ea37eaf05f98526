//! `GET /account`: the overview of the account.

use axum::{extract::State, response::Response};

use super::session::{AccountRequest, CONNECT, PROVIDER, done};
use crate::{
    app::App,
    http::{extract::Query, openapi::OpenApiBuilder, problem::Problem},
    identity::{Account, AccountKind},
    pages::{
        account_paths::{NEW_PASSKEY, OVERVIEW, TOTP},
        view::{
            AccountLinks, AccountNotice, AccountPage, CONNECTED, ConnectedAccount, DisplayText,
            NewConnection, Passkeys, SecuritySection, ShownPasskey,
        },
    },
    passkey::MAX_PASSKEYS,
    profile::{FactorList, ListedPasskey},
    provider::Upstream,
};

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    let summary = "Show the account of the user who is logged in at the issuer.";
    let text = serde_json::json!({ "type": "string" });
    api.get(OVERVIEW, summary)
        .tag("page")
        .query("done", &text)
        .query(PROVIDER, &text)
        .redirects("Redirect to the login at the issuer, which returns here.")
        .answers_page(&[200, 503])
        .fails(&[404]);
}

pub(crate) async fn page(
    State(app): State<App>,
    request: AccountRequest,
    query: Result<Query, Problem>,
) -> Result<Response, Response> {
    let notice = query.as_ref().ok().and_then(|query| notice(&app, query));
    overview(&app, &request, notice).await
}

/// Returns the notice that the query names. It shows the name of a configured provider only.
fn notice(app: &App, query: &Query) -> Option<AccountNotice> {
    let done = done(query)?;
    if done != CONNECTED {
        return AccountNotice::of(done);
    }
    let provider = app.upstreams.get(query.get(PROVIDER)?)?;
    Some(AccountNotice::connected(DisplayText::of(provider.name())))
}

/// Renders the overview. `notice` reports a change that was just made.
pub(super) async fn overview(
    app: &App,
    request: &AccountRequest,
    notice: Option<AccountNotice>,
) -> Result<Response, Response> {
    let profiles = &app.profiles;
    let refuse = |error| request.refuse(error);
    let accounts = profiles.accounts(&request.session).await.map_err(refuse)?;
    let factors = profiles.factors(&request.session).await.map_err(refuse)?;
    let user = &request.user;
    let connected = accounts.iter().filter(|it| it.kind.is_external());
    let connected = connected.map(|account| ConnectedAccount {
        provider: DisplayText::of(&provider_name(app, account)),
        disconnect: request.href(&format!("{OVERVIEW}/accounts/{}/disconnect", account.id)),
    });
    Ok(request.context.render(AccountPage {
        log_out: request.href("/end-session"),
        user: user.id.to_string(),
        notice,
        email: DisplayText::of(user.email.as_str()),
        name: user.name.as_ref().map(|it| DisplayText::of(it.as_str())),
        picture: user.image.as_ref().map(|it| DisplayText::of(it.as_str())),
        has_password: accounts
            .iter()
            .any(|it| it.kind == AccountKind::Credentials),
        can_change_email: request.context.flow.can_mail(),
        accounts: connected.collect(),
        connect: new_connections(app, request, &accounts),
        security: security(app, request, &factors),
        everywhere: request.time_to_notice(),
        links: AccountLinks {
            profile: request.href("/account/profile"),
            email: request.href("/account/email"),
            password: request.href("/account/password"),
            data: request.href("/account/data"),
            delete: request.href("/account/delete"),
        },
    }))
}

/// The providers whose accounts the user has not connected.
fn new_connections(
    app: &App,
    request: &AccountRequest,
    accounts: &[Account],
) -> Vec<NewConnection> {
    let external = || accounts.iter().filter(|it| it.kind.is_external());
    let is_new =
        |provider: &&Upstream| !external().any(|it| provider.owns_account_of(&it.provider));
    let providers = app.upstreams.iter().filter(is_new);
    let connections = providers.map(|provider| NewConnection {
        provider: DisplayText::of(provider.name()),
        action: request.action(&format!("{CONNECT}{}", provider.id())),
    });
    connections.collect()
}

/// The display name of the provider of an account.
pub(super) fn provider_name(app: &App, account: &Account) -> String {
    app.profiles.login_methods.name(&account.provider)
}

fn security(app: &App, request: &AccountRequest, factors: &FactorList) -> SecuritySection {
    let is_on = app.config.passkeys.rp_id().is_some();
    let has_totp = factors.totp.is_some();
    let can_add = is_on && factors.passkeys.len() < MAX_PASSKEYS;
    let row = |passkey| passkey_row(request, passkey);
    let passkeys = Passkeys {
        all: factors.passkeys.iter().map(row).collect(),
        add: can_add.then(|| request.href(NEW_PASSKEY)),
    };
    let has_factor = has_totp || !factors.passkeys.is_empty();
    let totp = if has_totp {
        "/account/totp/remove"
    } else {
        TOTP
    };
    SecuritySection {
        passkeys: (is_on || !factors.passkeys.is_empty()).then_some(passkeys),
        has_totp,
        totp: request.href(totp),
        has_recovery_codes: factors.recovery_codes.is_some(),
        recovery_codes: factors.recovery_codes.map_or(0, |(remaining, _)| remaining),
        recovery: has_factor.then(|| request.href("/account/recovery-codes")),
    }
}

fn passkey_row(request: &AccountRequest, passkey: &ListedPasskey) -> ShownPasskey {
    let page = format!("/account/passkeys/{}", passkey.id);
    ShownPasskey {
        name: DisplayText::of(passkey.name.as_str()),
        added: passkey.created_at.date_naive(),
        is_synced: passkey.is_backed_up,
        other_domain: (!passkey.is_usable).then(|| DisplayText::of(&passkey.rp_id)),
        remove: request.href(&format!("{page}/remove")),
        rename: request.href(&page),
    }
}
