//! Forged tokens of every kind, from tables and at random.

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
