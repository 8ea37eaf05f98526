//! The JSON and OAuth endpoints, one file for each: its handlers, its wire types and its description for
//! `OpenAPI`.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod client_script;
pub(crate) mod email;
pub(crate) mod factors;
pub(crate) mod forward_auth;
pub(crate) mod health;
pub(crate) mod jwks;
pub(crate) mod login;
pub(crate) mod login_link;
mod login_step;
pub(crate) mod logout;
pub(crate) mod me;
pub(crate) mod metadata;
pub(crate) mod metrics;
pub(crate) mod native;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod password_reset;
pub(crate) mod providers;
pub(crate) mod refresh;
pub(crate) mod second_factor;
mod sensitive_change;
pub(crate) mod session;
pub(crate) mod sign_up;
pub(crate) mod token;
mod token_response;
pub(crate) mod userinfo;
