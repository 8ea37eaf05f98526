//! The harness: a house to test in, actors to test with, databases to test on.

pub mod actor;
pub mod answer;
pub mod browser;
pub mod contract;
pub mod databases;
pub mod exposition;
pub mod house;
pub mod issuer;
pub mod process;
pub mod proxy;
pub mod recipes;
pub mod requirements;
pub mod routes;
pub mod wire;

pub use self::{
    actor::Actor,
    browser::{APP, Browser, WEB},
    databases::{Engine, TestDatabase},
    house::{House, costing},
};

/// A password that is long and uncommon enough.
pub const PASSWORD: &str = "correct horse battery staple";
