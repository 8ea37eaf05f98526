//! Third-party programs as servers, clients and consumers of tokens.

mod client_script;
mod consumers;
mod dpop;
mod foreign_login;
mod forward_auth;
mod recipes;
mod relying_parties;
mod schemathesis;
#[cfg(feature = "verifier")]
mod verifier;
