//! Integration tests of the service through its router or its program. The clock is moved instead
//! of waited for, and tests of stored data run on both engines.

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

mod api;
mod architecture;
mod cli;
mod coordination;
mod deploy;
mod docs;
mod dpop;
mod import;
mod interop;
mod keys;
mod mail;
mod metrics;
mod oauth;
mod pages;
mod passkeys;
mod plain_english;
mod providers;
mod readme;
mod reload;
mod security;
#[cfg(feature = "simulation")]
mod simulation;
mod store;
