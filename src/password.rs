//! Password policy (NIST SP 800-63B-4 §3.1.1) and password hashing (Argon2id, RFC 9106).
//!
//! This module is independent of users. Hashing runs on a bounded pool of threads, never on the runtime's
//! workers, and each worker keeps its memory.

mod blocklist;
mod foreign;
mod hasher;
mod phc;
mod policy;
mod presented;
mod structure;

pub use self::{
    foreign::{
        FirebaseParameters, ForeignHash, HashRefusal, HashSecrets, InvalidHashConfig,
        OpenedSecrets, SealedVerifier, SecretSealer, SecretsUnavailable,
    },
    hasher::{Hasher, HashingError, PasswordCheck, QueuePlace},
    policy::{PasswordPolicy, WeakPassword, WeakReason},
    presented::{InvalidPassword, PresentedPassword},
};
