//! Signet: a stateless token service.
//!
//! People log in and get a short-lived access JWT and a signed refresh token that they alone hold.
//! The database stores users, accounts and credentials, and never a session: a login and a refresh
//! write nothing, any number of tabs may refresh at once, and storage grows with users only.
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
//! | HTTP | [`http`]: routes, extractors, answers |
//! | the app | [`app`]: every handle, built from a configuration |
//! | flows | [`admin`], [`provider`], [`record`], [`session`] |
//! | services | [`token`], [`store`], [`mail`], [`password`], [`limits`] |
//! | keys at work | [`rotation`] |
//! | keys | [`keyring`] |
//! | settings | [`config`] |
//! | values | [`identity`], [`client`], [`compact`], [`network`] |
//! | ground | [`audit`], [`clock`], [`entropy`], [`json`], [`metrics`], [`telemetry`] |
//!
//! Time and randomness are handed in, so that tests move the one and fix the other. Errors of the
//! domain are decisions; only [`http`] knows a status code. Nothing is global.

pub mod admin;
pub mod app;
pub mod audit;
pub mod cli;
pub mod client;
pub mod clock;
pub mod compact;
pub mod config;
pub mod entropy;
pub mod http;
pub mod identity;
pub mod json;
pub mod keyring;
pub mod limits;
pub mod mail;
pub mod metrics;
pub mod network;
pub mod password;
pub mod provider;
pub mod record;
pub mod rotation;
pub mod session;
pub mod store;
pub mod telemetry;
pub mod token;
