//! The authorization server (RFC 6749): authorization requests, codes, client authentication and grants.

mod authorization_endpoint;
mod browser_logout;
mod client_authentication;
mod client_credentials;
mod client_keys;
mod client_response;
mod codes;
mod issued_access_token;
mod logout_request;
mod refused_requests;
mod single_sign_on;
mod token_exchange;

pub use self::{
    authorization_endpoint::{AuthorizationEndpoint, AuthorizationError, UnredirectableError},
    browser_logout::{BrowserCookies, BrowserLogins, BrowserLogout},
    client_authentication::{
        ASSERTION_TYPE, ClientAuthenticationError, ClientAuthenticator, PresentedCredentials,
    },
    client_credentials::{ClientCredentialsError, ClientCredentialsGrant},
    client_keys::{ClientKeySetError, ClientKeySets},
    client_response::{ClientResponse, FormPost},
    codes::{CodeRedemption, CodeRejection, Codes, Error},
    issued_access_token::IssuedAccessToken,
    logout_request::{LogoutParameters, LogoutRedirect, LogoutRequest},
    refused_requests::RefusedRequestLog,
    single_sign_on::{BegunSession, IdTokenHint, ResumedSession, SingleSignOn, SsoDecision},
    token_exchange::{ACCESS_TOKEN_TYPE, ExchangeRequest, TokenExchangeError, TokenExchangeGrant},
};
