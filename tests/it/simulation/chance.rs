//! Randomness from the seed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use signet::entropy::Entropy;

/// A generator of random numbers (`SplitMix64`). Each part of a world has its own, so that one more decision of one part
/// changes no other part.
#[derive(Debug)]
pub(super) struct Chance(AtomicU64);

impl Chance {
    /// The generator of this part of the world with this seed.
    pub(super) fn new(seed: u64, part: &str) -> Self {
        let named = part.bytes().fold(seed, |sum, byte| {
            mixed(sum.wrapping_add(u64::from(byte) + 1).wrapping_mul(STEP))
        });
        Self(AtomicU64::new(named))
    }

    pub(super) fn next(&self) -> u64 {
        mixed(self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }

    /// A number below this one.
    pub(super) fn below(&self, end: u64) -> u64 {
        self.next() % end
    }

    /// An index of a list of this length.
    pub(super) fn index(&self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    /// True in this number of thousand cases.
    pub(super) fn hits(&self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A number of milliseconds in this range.
    pub(super) fn millis(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    /// A number of seconds in this range, to the millisecond.
    pub(super) fn seconds(&self, from: u64, to: u64) -> Duration {
        self.millis(from * 1000, to * 1000)
    }

    /// The randomness of a service.
    pub(super) fn entropy(self) -> Entropy {
        Entropy::from_fn(move |buffer| {
            for chunk in buffer.chunks_mut(8) {
                chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
            }
            Ok(())
        })
    }
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
