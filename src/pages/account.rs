//! `/account`: the pages on which users change their profile and their login methods. They need the session at the
//! issuer, and are served only with single sign-on.

pub(crate) mod overview;
pub(crate) mod session;
