//! The authorization server (RFC 6749): authorization requests and authorization codes.

mod authorization_endpoint;
mod codes;

pub use self::{
    authorization_endpoint::{
        AuthorizationEndpoint, AuthorizationError, ClientRedirect, UnredirectableError,
    },
    codes::{CodeRedemption, CodeRejection, Codes, Error},
};
