//! Passwords: what a good one is (NIST SP 800-63B-4 §3.1.1), and checking one (Argon2id, RFC 9106).
//!
//! Knows nothing of users. Hashing happens on a bounded pool of its own, never on the runtime's
//! workers, and each worker keeps its memory.

mod blocklist;
mod hasher;
mod phc;
mod policy;
mod presented;
mod structure;

pub use self::{
    hasher::{Hasher, HashingError, PasswordCheck, QueuePlace},
    policy::{PasswordPolicy, WeakPassword, WeakReason},
    presented::{InvalidPassword, PresentedPassword},
};
