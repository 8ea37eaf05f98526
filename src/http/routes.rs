//! The routes, one file for each endpoint: its `router()`, its handlers, its wire types.

pub(super) mod accounts;
pub(super) mod admin;
pub(super) mod health;
pub(super) mod jwks;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod me;
pub(super) mod metadata;
pub(super) mod metrics;
pub(super) mod password;
pub(super) mod refresh;
pub(super) mod session;
pub(super) mod sign_up;
pub(super) mod token;
mod token_response;
