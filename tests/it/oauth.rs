//! The OpenID provider, as relying parties use it.

mod authorization_requests;
mod backchannel_logout;
mod basic_plan;
mod bound_codes;
mod client_assertions;
mod client_credentials;
mod client_limits;
mod confidential_clients;
mod discovery;
mod end_session;
pub mod flow;
mod grants;
mod hinted_logins;
mod id_tokens;
mod interrupted_logouts;
mod login_boundaries;
mod logout;
mod logout_triggers;
mod posted_requests;
mod refused_requests;
mod replaced_sessions;
mod resources;
mod single_sign_on;
mod step_up;
mod token_exchange;
mod userinfo;
