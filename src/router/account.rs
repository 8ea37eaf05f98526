//! The routes of accounts: of a user's own, and of all users for admins.

use axum::{
    Router,
    routing::{any, delete, get, patch, post, put},
};

use super::{completed, not_found};
use crate::{
    api,
    app::App,
    pages::{
        self,
        account::{
            accounts, connect, data, delete, email, overview, passkeys as passkey_pages, password,
            profile, recovery_codes, totp,
        },
        account_paths,
    },
};

/// Routes that read and change the user's own account.
pub(super) fn account() -> Router<App> {
    Router::new()
        .route("/login/{provider}/id-token", post(api::native::id_token))
        .route("/logout/everywhere", post(api::logout::everywhere))
        .route(
            "/me",
            get(api::me::read)
                .patch(api::me::edit)
                .delete(api::me::delete),
        )
        .route("/me/data", get(api::me::data))
        .route(
            "/me/accounts",
            get(api::accounts::accounts).post(api::accounts::link),
        )
        .route("/me/accounts/{id}", delete(api::accounts::unlink))
        .route("/password", put(api::password::change))
        .route("/me/factors", get(api::factors::list))
        .route(
            "/me/totp",
            post(api::factors::enrol).delete(api::factors::remove),
        )
        .route("/me/totp/confirm", post(api::factors::confirm))
        .route(
            "/me/recovery-codes",
            post(api::factors::create_recovery_codes),
        )
}

/// Passkeys, unless they are off.
pub(super) fn passkeys(app: &App) -> Router<App> {
    if app.config.passkeys.rp_id().is_none() {
        // `/login/{provider}` would answer for another method.
        return Router::new().route("/login/passkey", any(not_found));
    }
    let changes = Router::new()
        .route("/login/passkey", post(api::passkeys::login::log_in))
        .route("/me/passkeys", post(api::passkeys::add))
        .route(
            "/me/passkeys/{id}",
            patch(api::passkeys::rename).delete(api::passkeys::remove),
        );
    Router::new()
        .route("/passkeys/challenge", post(api::passkeys::login::challenge))
        .route("/passkeys/registration", post(api::passkeys::registration))
        .merge(completed(changes))
}

/// The pages of the account, where they are served.
pub(super) fn account_pages(app: &App) -> Router<App> {
    let config = &app.config;
    if !config.serves_account() {
        return Router::new();
    }
    let pages = Router::new()
        .route(account_paths::OVERVIEW, get(overview::page))
        .route(profile::PATH, get(profile::page).post(profile::submit))
        .route(email::PATH, get(email::page).post(email::submit))
        .route(password::PATH, get(password::page).post(password::submit))
        .route(accounts::PATH, get(accounts::page).post(accounts::submit))
        .route(connect::PATH, post(connect::submit))
        .route(totp::PATH, get(totp::page).post(totp::submit))
        .route(totp::REMOVE, get(totp::remove_page).post(totp::remove))
        .route(
            recovery_codes::PATH,
            get(recovery_codes::page).post(recovery_codes::submit),
        )
        .route(
            passkey_pages::RENAME,
            get(passkey_pages::rename_page).post(passkey_pages::rename),
        )
        .route(
            passkey_pages::REMOVE,
            get(passkey_pages::remove_page).post(passkey_pages::remove),
        )
        .route(data::PATH, get(data::download))
        .route(delete::PATH, get(delete::page).post(delete::submit));
    let pages = if config.passkeys.rp_id().is_some() {
        pages.route(
            passkey_pages::NEW,
            get(passkey_pages::new_page).post(passkey_pages::add),
        )
    } else {
        pages.route(passkey_pages::NEW, any(not_found))
    };
    completed(pages)
}

/// The pages for admins, where `admin.enabled` and `sso.enabled` are set.
pub(super) fn admin_pages(app: &App) -> Router<App> {
    use pages::admin::{PATH, USERS, act, create, index, node, users};
    let config = &app.config;
    if !(config.admin.is_enabled && config.sso.is_enabled) {
        return Router::new();
    }
    let routes = Router::new()
        .route(PATH, get(index))
        .route(USERS, get(users::list))
        .route(create::PATH, get(create::ask).post(create::submit))
        .route("/admin/pages/users/{id}", get(users::show))
        .route(act::PATH, get(act::ask).post(act::submit))
        .route("/admin/pages/keys", get(node::keys))
        .route("/admin/pages/clients", get(node::clients))
        .route("/admin/pages/health", get(node::health))
        .route("/admin/pages/events", get(node::events));
    completed(routes)
}

/// The admin API, where `admin.enabled` is set.
pub(super) fn admin(app: &App) -> Router<App> {
    if !app.config.admin.is_enabled {
        return Router::new();
    }
    let routes = Router::new()
        .route(
            "/admin/users",
            get(api::admin::list).post(api::admin::create),
        )
        .route(
            "/admin/users/{id}",
            get(api::admin::show).delete(api::admin::delete),
        )
        .route("/admin/users/{id}/role", put(api::admin::role))
        .route(
            "/admin/users/{id}/disable",
            post(api::admin::set_active::<false>),
        )
        .route(
            "/admin/users/{id}/enable",
            post(api::admin::set_active::<true>),
        )
        .route("/admin/users/{id}/logout", post(api::admin::log_out))
        .route("/admin/keys", get(api::admin::keys))
        .route("/admin/clients", get(api::admin::clients))
        .route("/admin/providers", get(api::admin::providers))
        .route("/admin/health", get(api::admin::status))
        .route("/admin/events", get(api::admin::events))
        .route("/admin/users/{id}/factors/reset", post(api::factors::reset));
    completed(routes)
}
