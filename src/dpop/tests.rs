//! Tests of proofs, with the keys of a client.

pub(crate) mod fixture;
mod forged;
mod nonces;
mod properties;
mod verification;
