//! The harness: a house to test in, actors to test with, databases to test on.

use std::{thread, time::Duration};

pub mod actor;
pub mod answer;
pub mod app;
pub mod apple;
pub mod browser;
pub mod contract;
pub mod databases;
pub mod exposition;
pub mod faults;
pub mod github;
pub mod house;
pub mod issuer;
pub mod keys;
pub mod oauth_client;
pub mod openid;
pub mod pgbouncer;
pub mod process;
pub mod provider;
pub mod proxy;
pub mod recipes;
pub mod requirements;
pub mod routes;
pub mod script;
pub mod smtp;
pub mod stub;
pub mod token;
pub mod upstream;
pub mod web;
pub mod wire;

pub use self::{
    actor::Actor,
    browser::{APP, Browser, WEB},
    databases::{Engine, TestDatabase},
    house::{House, costing},
};

/// A password that is long and uncommon enough.
pub const PASSWORD: &str = "correct horse battery staple";

/// Waits until something is so.
pub fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(patiently(is_so), "waited in vain until {what}");
}

/// Whether something comes to be so, for longer than anybody's cooldown.
fn patiently(mut is_so: impl FnMut() -> bool) -> bool {
    (0..1600).any(|_| {
        let is_so = is_so();
        if !is_so {
            thread::sleep(Duration::from_millis(25));
        }
        is_so
    })
}
