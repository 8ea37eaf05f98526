//! The limits of proofs.

use chrono::TimeDelta;

/// The most bytes of a proof. A proof with an RSA key of 4,096 bits has some 2 KiB.
pub const MAX_PROOF_BYTES: usize = 4096;

/// The most characters of `jti`.
pub(super) const MAX_JTI: usize = 256;

/// The largest difference between `iat` and the present time of a proof without a nonce.
pub(super) const WINDOW: TimeDelta = TimeDelta::seconds(60);
