//! Forged tokens, one by one and at random, against every kind.

mod fixture;
mod forged;
mod golden;
mod properties;
mod signatures;
mod walls;
