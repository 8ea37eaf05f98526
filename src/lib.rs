//! Signet: a stateless token service.
//!
//! Users log in and receive a short-lived access token (a JWT) and a signed refresh token, which only the client
//! stores. The database holds users, accounts and credentials, and never a session: a login and a refresh write
//! nothing, any number of tabs may refresh concurrently, and storage grows with the number of users only.
//!
//! # Library features
//!
//! - `verifier`: the module `signet::verifier`, for Rust services that verify the access tokens of Signet. `axum`
//!   adds an extractor. Use them without the default features.
//! - `service` (the default): everything else, for those who run or change the service. Its items are public so that
//!   the program, tests and benches can use them. They have no stability guarantee between releases.
//! - `simulation`: the module `store::simulated`, a database in memory with which tests simulate several nodes.
//!
//! # Concepts
//!
//! *A provider verifies a person, which yields an account, its user and a session.*
//!
//! - A [`provider`] verifies that a person is who they claim to be. The result is an [`identity::Verified`]: this
//!   person is present now.
//! - An [`identity::User`] has one [`identity::Account`] for each login method and one [`identity::Credential`] for
//!   each secret. The [`store`] holds nothing else.
//! - A [`session`] is not stored. It is an access token ([`token::Access`]), minted at login and again at each
//!   refresh ([`token::Refresh`]), for one [`client`].
//! - Tokens are minted and verified with the keys of a [`keyring::Keyring`], a folder of files whose names state from
//!   when each key signs. Tokens of every kind are verified by [`token::Tokens::verify`].
//! - Mailed links contain sealed tokens. A pending sign-up exists only as such a token ([`token::SignUp`]).
//!
//! # Layers
//!
//! A module uses modules of lower layers only, never of the same or a higher layer. A test enforces this.
//!
//! | layer | modules |
//! |---|---|
//! | commands | [`cli`] |
//! | routes | [`router`]: every route and every layer |
//! | endpoints | `api`: JSON and OAuth; [`pages`]: hosted pages |
//! | HTTP | [`http`]: extractors, cookies, problems, the server |
//! | grants | [`oauth`]: the authorization endpoint, codes |
//! | application | [`app`]: every handle, built from a configuration |
//! | flows | [`admin`], [`import`], [`provider`], [`profile`], [`session`] |
//! | parts of the flows | [`admission`]: rate limits; [`backchannel_logout`]: logout tokens for clients; [`sealed_passwords`]: secret parameters of imported passwords; [`second_factor`]: the second step of logins |
//! | faults | [`internal`]: the faults of the service, as one error |
//! | services | [`token`], [`store`], [`mail`], [`password`], [`limits`], [`fetch`], `verifier` |
//! | proofs of possession | [`dpop`] |
//! | coordination of nodes | [`coordination`]: marks and budgets on a common server |
//! | key rotation | [`rotation`] |
//! | own keys | [`keyring`] |
//! | settings, keys of providers | [`config`], [`key_set`] |
//! | values | [`identity`], [`client`], [`jws_compact`], [`connect`], [`microsoft_tenants`], [`network`], [`passkey`], [`cached_fetch`], [`telemetry`], [`templates`], [`tls`] |
//! | names and logos | [`branding`] |
//! | foundation | [`audit`], [`blocking`], [`clock`], [`cached_document`], [`characters`], [`detached`], [`entropy`], [`json`], [`locale`], [`metrics`], [`pkcs8`], [`spent`] |
//!
//! Time and randomness are passed in, so that tests control both. Errors of lower layers describe decisions; only
//! [`http`] and the layers above map them to status codes. There is no global state.

// Without the feature `service` most of the linked modules do not exist.
#![cfg_attr(
    all(doc, not(feature = "service")),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(feature = "service")]
pub mod admin;
#[cfg(feature = "service")]
pub mod admission;
#[cfg(feature = "service")]
mod api;
#[cfg(feature = "service")]
pub mod app;
#[cfg(feature = "service")]
pub mod audit;
#[cfg(feature = "service")]
pub mod backchannel_logout;
#[cfg(feature = "service")]
pub mod blocking;
#[cfg(feature = "service")]
pub mod branding;
#[cfg(feature = "service")]
pub mod cached_document;
#[cfg(any(feature = "service", feature = "verifier"))]
pub mod cached_fetch;
pub mod characters;
#[cfg(feature = "service")]
pub mod cli;
pub mod client;
pub mod clock;
#[cfg(feature = "service")]
pub mod config;
#[cfg(any(feature = "service", feature = "verifier"))]
pub mod connect;
#[cfg(feature = "service")]
pub mod coordination;
#[cfg(feature = "service")]
pub mod detached;
#[cfg(any(feature = "service", feature = "verifier"))]
pub mod dpop;
pub mod entropy;
#[cfg(feature = "service")]
pub mod fetch;
#[cfg(feature = "service")]
pub mod http;
pub mod identity;
#[cfg(feature = "service")]
pub mod import;
#[cfg(feature = "service")]
pub mod internal;
pub mod json;
pub mod jws_compact;
#[cfg(any(feature = "service", feature = "verifier"))]
pub mod key_set;
#[cfg(feature = "service")]
pub mod keyring;
#[cfg(feature = "service")]
pub mod limits;
#[cfg(feature = "service")]
pub mod locale;
#[cfg(feature = "service")]
pub mod log_limit;
#[cfg(feature = "service")]
pub mod mail;
#[cfg(feature = "service")]
pub mod metrics;
#[cfg(feature = "service")]
pub mod microsoft_tenants;
#[cfg(feature = "service")]
pub mod network;
#[cfg(feature = "service")]
pub mod oauth;
#[cfg(feature = "service")]
pub mod pages;
#[cfg(feature = "service")]
pub mod passkey;
#[cfg(feature = "service")]
pub mod password;
#[cfg(feature = "service")]
pub mod pkcs8;
#[cfg(feature = "service")]
pub mod profile;
#[cfg(feature = "service")]
pub mod provider;
#[cfg(feature = "service")]
pub mod rotation;
#[cfg(feature = "service")]
pub mod router;
#[cfg(feature = "service")]
pub mod sealed_passwords;
#[cfg(feature = "service")]
pub mod second_factor;
#[cfg(feature = "service")]
pub mod session;
#[cfg(any(feature = "service", feature = "verifier"))]
pub mod spent;
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "service")]
pub mod telemetry;
#[cfg(feature = "service")]
pub mod templates;
#[cfg(feature = "service")]
pub mod tls;
#[cfg(feature = "service")]
pub mod token;
/// The claims of access tokens.
#[cfg(not(feature = "service"))]
pub mod token {
    pub mod claims;
}
#[cfg(feature = "verifier")]
pub mod verifier;
