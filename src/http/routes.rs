//! The routes, one file for each endpoint: its `router()`, its handlers, its wire types.

pub(super) mod accounts;
pub(super) mod address;
pub(super) mod admin;
pub(super) mod authorize;
pub(super) mod callback;
pub(super) mod email;
pub(super) mod health;
pub(super) mod jwks;
mod landing;
pub(super) mod login;
pub(super) mod login_link;
pub(super) mod logout;
mod mailing;
pub(super) mod me;
pub(super) mod metadata;
pub(super) mod metrics;
pub(super) mod native;
pub(super) mod openapi;
mod pages;
pub(super) mod password;
pub(super) mod password_reset;
pub(super) mod providers;
pub(super) mod refresh;
pub(super) mod session;
pub(super) mod sign_up;
pub(super) mod token;
mod token_response;

pub(super) use self::session::describe_added_claims;
use super::openapi::Api;

/// Has every route say what it speaks.
pub(super) fn describe(api: &mut Api, issuer_path: &str) {
    sign_up::describe(api);
    login::describe(api);
    login_link::describe(api);
    authorize::describe(api);
    callback::describe(api);
    address::describe(api);
    native::describe(api);
    refresh::describe(api);
    token::describe(api);
    logout::describe(api);
    session::describe(api);
    me::describe(api);
    accounts::describe(api);
    password::describe(api);
    password_reset::describe(api);
    email::describe(api);
    providers::describe(api);
    admin::describe(api);
    jwks::describe(api);
    metadata::describe(api, issuer_path);
    health::describe(api);
    metrics::describe(api);
    openapi::describe(api);
}
