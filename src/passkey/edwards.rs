//! Decides if 32 bytes are a public key of Ed25519 (RFC 8032 §5.1.3).
//!
//! The numbers are public, so nothing here needs to take constant time.

/// The prime 2^255 − 19, the lowest bits first.
const P: [u64; 4] = [
    0xffff_ffff_ffff_ffed,
    0xffff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
    0x7fff_ffff_ffff_ffff,
];

/// The constant `d` of the curve −x² + y² = 1 + d·x²·y².
const D: Number = Number([
    0x75eb_4dca_1359_78a3,
    0x0070_0a4d_4141_d8ab,
    0x8cc7_4079_7779_e898,
    0x5203_6cee_2b6f_fe73,
]);

/// A number modulo [`P`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number([u64; 4]);

/// Returns whether the bytes encode a point of the curve, in the only encoding and not of small order.
pub(super) fn is_public_key(bytes: &[u8; 32]) -> bool {
    let Some(y) = Number::of_y(bytes) else {
        return false;
    };
    // x² = (y² − 1) / (d·y² + 1). The denominator is never zero, because −1/d is no square.
    let square = y.times(y);
    let numerator = square.minus(Number::ONE);
    let denominator = D.times(square).plus(Number::ONE);
    let product = numerator.times(denominator);
    product.is_square() && !has_small_order(y, square)
}

/// Returns whether the point, on the curve, is one of the eight whose order divides 8.
fn has_small_order(y: Number, square: Number) -> bool {
    // The orders 1 and 2 have y = ±1, and the order 4 has y = 0.
    let is_low = y == Number::ZERO || square == Number::ONE;
    // The double of a point of order 8 has y = 0, so x² = −y², and the equation of the curve is 2·y² = 1 − d·y⁴.
    let fourth = square.times(square);
    is_low || square.plus(square) == Number::ONE.minus(D.times(fourth))
}

impl Number {
    const ZERO: Self = Self([0; 4]);
    const ONE: Self = Self([1, 0, 0, 0]);

    /// Reads the coordinate y. The highest bit is the sign of x. `None` if the number is not below [`P`].
    fn of_y(bytes: &[u8; 32]) -> Option<Self> {
        let mut limbs = [0; 4];
        let (chunks, _) = bytes.as_chunks();
        for (limb, chunk) in limbs.iter_mut().zip(chunks) {
            *limb = u64::from_le_bytes(*chunk);
        }
        let [.., highest] = &mut limbs;
        *highest &= u64::MAX >> 1;
        let is_below = limbs.iter().rev().lt(P.iter().rev());
        is_below.then_some(Self(limbs))
    }

    fn plus(self, other: Self) -> Self {
        // Both are below 2^255, so the sum has no carry out.
        let mut carry = false;
        let mut sum = self.0;
        for (limb, more) in sum.iter_mut().zip(other.0) {
            let (first, over) = limb.overflowing_add(more);
            let (second, over_again) = first.overflowing_add(u64::from(carry));
            *limb = second;
            carry = over || over_again;
        }
        Self(sum).reduced()
    }

    fn minus(self, other: Self) -> Self {
        let (negative, _) = difference(P, other.0);
        self.plus(Self(negative).reduced())
    }

    fn times(self, other: Self) -> Self {
        // Multiplies by doubling and adding: slow, and short enough to be read.
        let mut product = Self::ZERO;
        for limb in other.0.into_iter().rev() {
            for bit in (0..64).rev() {
                product = product.plus(product);
                if limb >> bit & 1 == 1 {
                    product = product.plus(self);
                }
            }
        }
        product
    }

    /// Subtracts [`P`] once if the number is not below it.
    fn reduced(self) -> Self {
        let (reduced, borrow) = difference(self.0, P);
        if borrow { self } else { Self(reduced) }
    }

    /// Euler's criterion: a number is a square if its power of (P − 1) / 2 is 1, or if it is 0.
    fn is_square(self) -> bool {
        let mut power = Self::ONE;
        // (P − 1) / 2 = 2^254 − 10.
        let exponent = [u64::MAX - 9, u64::MAX, u64::MAX, u64::MAX >> 2];
        for limb in exponent.into_iter().rev() {
            for bit in (0..64).rev() {
                power = power.times(power);
                if limb >> bit & 1 == 1 {
                    power = power.times(self);
                }
            }
        }
        power == Self::ONE || self == Self::ZERO
    }
}

/// Returns the difference, and whether it is negative.
fn difference(of: [u64; 4], less: [u64; 4]) -> ([u64; 4], bool) {
    let mut borrow = false;
    let mut result = of;
    for (limb, less) in result.iter_mut().zip(less) {
        let (first, under) = limb.overflowing_sub(less);
        let (second, under_again) = first.overflowing_sub(u64::from(borrow));
        *limb = second;
        borrow = under || under_again;
    }
    (result, borrow)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    #[test]
    fn keys_of_signers_are_points_of_the_curve() {
        for seed in 0..8 {
            let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
            let key = pair.public_key().as_ref().try_into().unwrap();
            assert!(is_public_key(&key), "{seed}");
        }
    }

    #[test]
    fn points_off_the_curve_and_of_small_order_are_refused() {
        let with_y = |y: u8| {
            let mut bytes = [0; 32];
            bytes[0] = y;
            bytes
        };
        // Half of all numbers are the y of a point: 2, 7, 8 and 11 are not.
        let found: Vec<u8> = (0..12).filter(|y| is_public_key(&with_y(*y))).collect();
        assert_eq!(found, [3, 4, 5, 6, 9, 10]);
        let order_eight: [[u8; 32]; 2] = [
            [
                0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
                0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
                0x6d, 0x53, 0xfc, 0x05,
            ],
            [
                0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
                0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
                0x92, 0xac, 0x03, 0x7a,
            ],
        ];
        for point in order_eight {
            assert!(!is_public_key(&point));
        }
        // −1, the prime and the prime with the sign of x.
        for low in [0xec, 0xed] {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, 0x7f);
            assert!(!is_public_key(&bytes), "{low}");
            bytes[31] = 0xff;
            assert!(!is_public_key(&bytes), "{low}");
        }
    }
}
