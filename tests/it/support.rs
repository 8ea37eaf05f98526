//! The test harness, described in `support/README.md`.

use std::{thread, time::Duration};

pub mod answer;
pub mod api_client;
pub mod app;
pub mod apple;
pub mod authenticator;
pub mod balancer;
pub mod browser;
pub mod contract;
pub mod databases;
pub mod dpop;
pub mod exposition;
pub mod faults;
pub mod github;
pub mod http_browser;
pub mod imported;
pub mod issuer;
pub mod keys;
pub mod log;
pub mod migration;
pub mod oauth_client;
pub mod openid;
pub mod pgbouncer;
pub mod process;
pub mod provider;
pub mod proxy;
pub mod raw_connection;
pub mod recipes;
pub mod redis;
pub mod relying_party;
pub mod replication;
pub mod requirements;
pub mod reverse_proxy;
pub mod routes;
pub mod script;
pub mod smtp;
pub mod stub;
pub mod test_service;
pub mod token;
pub mod totp;
pub mod two_nodes;
pub mod upstream;

pub(crate) use self::databases::both_engines;
pub use self::{
    api_client::ApiClient,
    browser::{APP, Browser, WEB},
    databases::{Engine, TestDatabase},
    test_service::{TestService, another_code, hash_cost},
};

/// A password that the password policy accepts.
pub const PASSWORD: &str = "correct horse battery staple";

/// Waits until a condition holds. Panics after 40 seconds.
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    assert!(holds_within_limit(condition), "waited in vain until {what}");
}

/// Waits for a condition for 40 seconds, longer than any cooldown of the service.
fn holds_within_limit(mut condition: impl FnMut() -> bool) -> bool {
    (0..1600).any(|_| {
        let condition = condition();
        if !condition {
            thread::sleep(Duration::from_millis(25));
        }
        condition
    })
}
