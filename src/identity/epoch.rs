//! Epochs, which end sessions when they change.

use serde::{Deserialize, Serialize};

use crate::entropy::{Entropy, EntropyError};

/// A random 53-bit integer that is only compared for equality.
///
/// An epoch is replaced by a fresh random value and never incremented: after the restore of a
/// backup, increments would reach revoked values again. Every JSON reader represents 53 bits
/// exactly (RFC 8259 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "service", derive(sqlx::Type), sqlx(transparent))]
pub struct Epoch(i64);

impl Epoch {
    /// Returns a fresh random epoch.
    ///
    /// # Errors
    /// The operating system returns no randomness.
    pub fn fresh(entropy: &Entropy) -> Result<Self, EntropyError> {
        let bits = i64::from_le_bytes(entropy.bytes()?);
        Ok(Self(bits & ((1 << 53) - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_have_at_most_53_bits() {
        let ones = Entropy::from_fn(|buffer| {
            buffer.fill(0xff);
            Ok(())
        });
        assert_eq!(Epoch::fresh(&ones), Ok(Epoch(9_007_199_254_740_991)));
    }
}
