//! The OpenID provider, as relying parties use it.

mod backchannel_logout;
mod basic_plan;
mod discovery;
mod end_session;
mod single_sign_on;
