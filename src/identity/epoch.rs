//! The number that ends sessions.

use serde::{Deserialize, Serialize};

use crate::entropy::{Entropy, EntropyError};

/// A random 53-bit integer, compared for equality alone.
///
/// Replaced by a fresh one, never counted up: a restored backup would reach revoked values again.
/// 53 bits are what every JSON reader holds exactly (RFC 8259 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "service", derive(sqlx::Type), sqlx(transparent))]
pub struct Epoch(i64);

impl Epoch {
    /// A fresh epoch, unlike every one before it.
    pub fn fresh(entropy: &Entropy) -> Result<Self, EntropyError> {
        let bits = i64::from_le_bytes(entropy.bytes()?);
        Ok(Self(bits & ((1 << 53) - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_fits_53_bits() {
        let ones = Entropy::from_fn(|buffer| {
            buffer.fill(0xff);
            Ok(())
        });
        assert_eq!(Epoch::fresh(&ones), Ok(Epoch(9_007_199_254_740_991)));
    }
}
