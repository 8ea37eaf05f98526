//! Signet: a stateless token service.
//!
//! People log in and get a short-lived access JWT and a signed refresh token that they alone hold.
//! The database stores users, accounts and credentials, and never a session: a login and a refresh
//! write nothing, any number of tabs may refresh at once, and storage grows with users only.
//!
//! # Two faces
//!
//! - For Rust services that **verify** our access tokens: `signet::verifier`, and nothing of what
//!   follows. Features `verifier`, or `axum` for an extractor too, without the default ones.
//! - For those who run or change the **service** (feature `service`, the default): all the rest. It is
//!   public so that program, tests and benches can use it, and promises strangers nothing from one
//!   release to the next.
//!
//! # The one sentence
//!
//! *A provider verifies → the account → its user → a session.*
//!
//! - Whoever checks that a person is who they claim to be is a [`provider`]. It ends in an
//!   [`identity::Verified`]: this person is here, now.
//! - One [`identity::User`] has many [`identity::Account`]s, one for each way in, and a
//!   [`identity::Credential`] for each secret. That is all the [`store`] holds.
//! - A [`session`] is not a thing that is stored. It is an access token ([`token::Access`]), minted
//!   at login and minted again at each refresh ([`token::Refresh`]), for one [`client`].
//! - Tokens are minted and verified by the keys of a [`keyring::Keyring`], which is a folder of
//!   files whose names say from when each signs. Every token of whatever kind is verified at one
//!   door: [`token::Tokens::verify`].
//! - What is mailed is sealed: a sign-up ([`token::SignUp`]) is all there is of somebody who has
//!   not confirmed yet.
//!
//! # The house
//!
//! A module uses lower layers, never its own or a higher one; a test reads the sources and says so.
//!
//! | layer | modules |
//! |---|---|
//! | commands | [`cli`] |
//! | routes | [`router`]: every route and every layer |
//! | endpoints | `api`: JSON and OAuth; `pages`: hosted pages |
//! | HTTP | [`http`]: extractors, cookies, problems, the server |
//! | grants | [`oauth`]: the front door, codes |
//! | the app | [`app`]: every handle, built from a configuration |
//! | flows | [`admin`], [`provider`], [`profile`], [`session`] |
//! | services | [`token`], [`store`], [`mail`], [`password`], [`limits`], [`fetch`], `verifier` |
//! | keys at work | [`rotation`] |
//! | keys | [`keyring`] |
//! | settings, others' keys | [`config`], [`key_set`] |
//! | values | [`identity`], [`client`], [`jws_compact`], [`connect`], [`microsoft_tenants`], [`network`], [`cached_fetch`], [`telemetry`] |
//! | ground | [`audit`], [`blocking`], [`clock`], [`cached_document`], [`entropy`], [`json`], [`locale`], [`metrics`], [`pkcs8`] |
//!
//! Time and randomness are handed in, so that tests move the one and fix the other. Errors of the
//! domain are decisions; only [`http`] and the layers above know a status code. Nothing is global.

// Of the house, a consumer's documentation has a few rooms alone.
#![cfg_attr(
    all(doc, not(feature = "service")),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(feature = "service")]
pub mod admin;
#[cfg(feature = "service")]
mod api;
#[cfg(feature = "service")]
pub mod app;
#[cfg(feature = "service")]
pub mod audit;
#[cfg(feature = "service")]
pub mod blocking;
#[cfg(feature = "service")]
pub mod cached_document;
#[cfg(any(feature = "service", feature = "verifier"))]
pub mod cached_fetch;
#[cfg(feature = "service")]
pub mod cli;
pub mod client;
pub mod clock;
#[cfg(feature = "service")]
pub mod config;
#[cfg(any(feature = "service", feature = "verifier"))]
pub mod connect;
pub mod entropy;
#[cfg(feature = "service")]
pub mod fetch;
#[cfg(feature = "service")]
pub mod http;
pub mod identity;
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
mod pages;
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
pub mod session;
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "service")]
pub mod telemetry;
#[cfg(feature = "service")]
pub mod token;
/// Tokens: of a service that only verifies them, what they say.
#[cfg(not(feature = "service"))]
pub mod token {
    pub mod claims;
}
#[cfg(feature = "verifier")]
pub mod verifier;
