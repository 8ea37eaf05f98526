//! The OpenID provider, as relying parties use it.

mod backchannel_logout;
mod end_session;
mod single_sign_on;
