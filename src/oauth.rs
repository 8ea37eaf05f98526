//! The authorization server (RFC 6749): what is asked at the front door, and what a code is worth.

mod authorization_endpoint;
mod codes;

pub use self::{
    authorization_endpoint::{
        AuthorizationEndpoint, AuthorizationError, ClientRedirect, UnredirectableError,
    },
    codes::{CodeRedemption, CodeRejection, Codes, Error},
};
