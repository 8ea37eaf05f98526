//! Forged tokens, one by one and at random, against every kind.

pub(crate) mod algorithms;
pub(crate) mod fixture;
pub(crate) mod foreign;
pub(crate) mod forged;
mod golden;
mod kinds;
mod properties;
mod sealed;
pub(crate) mod signatures;
mod sizes;
