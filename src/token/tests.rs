//! Forged tokens, one by one and at random, against every kind.

mod algorithms;
mod fixture;
mod forged;
mod golden;
mod kinds;
mod properties;
mod sealed;
mod signatures;
mod sizes;
