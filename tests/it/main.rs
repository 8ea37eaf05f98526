//! The service as others see it. Tests read as transcripts between actors; time is moved, never
//! waited for; what is stored is tried on both engines.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test that cannot go on fails there and then"
)]

mod support;

mod admin;
mod audit;
mod bad_input;
mod binary;
mod budget;
mod canary;
mod claims;
mod clocks;
mod commands;
mod commits;
mod cookies;
mod corpus;
mod cors;
mod described;
mod documents;
mod elsewhere;
mod foreign_login;
mod frames;
mod hostile;
mod house;
mod http;
mod keep_alive;
mod key_clock;
mod keys;
mod limits;
mod login;
mod logout;
mod lost_connections;
mod mail_delivery;
mod mail_flows;
mod mail_pages;
mod malformed;
mod metrics;
mod model;
mod openapi;
mod own_record;
mod plain_english;
mod provider_defects;
mod provider_login;
mod providers;
mod readme;
mod recipes;
mod record;
mod refresh;
mod refused_at_start;
mod replaced_file;
mod rolling;
mod rotated_database_password;
mod rotation;
mod sign_up;
mod silent_name_server;
mod store;
mod trouble;
#[cfg(feature = "verifier")]
mod verifier;
