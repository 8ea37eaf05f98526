//! Single-use tokens that were used here. They are stored in the memory of one node until they expire:
//! other nodes do not have them, and a restart forgets them. `coordination` shares them between nodes.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// The number of tokens that are stored, at some 70 bytes each.
const CAPACITY: usize = 100_000;

/// The time for which a `jti` is stored after its token has expired, because a clock may be set back a
/// little.
const KEPT_AFTER_EXPIRY: TimeDelta = TimeDelta::minutes(1);

/// The reason why a token could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpendError {
    /// The token has been used before.
    #[error("spent")]
    Before,
    /// More tokens are in use than can be stored. A fault of the service.
    #[error("too many tokens are being spent")]
    Full,
    /// The server that all nodes share cannot be used, and the configuration demands it. A fault of the service.
    #[error("the coordination server cannot be used")]
    Unavailable,
}

/// A cheap handle on the identifiers (`jti`) of tokens that were used here.
#[derive(Debug, Clone, Default)]
pub struct SpentTokens(Arc<Mutex<SpentIdentifiers>>);

#[derive(Debug, Default)]
struct SpentIdentifiers {
    all: HashSet<u128>,
    by_age: VecDeque<(DateTime<Utc>, u128)>,
    /// The keys of the digests, which no sender of tokens knows.
    seeds: [RandomState; 2],
}

impl SpentIdentifiers {
    /// Returns the digest that stands for an identifier. One of 2¹²⁸ pairs of identifiers has the same one. A text of
    /// its own for each token would leave small gaps between the memory of requests, which slow down every allocation.
    fn digest(&self, jti: &str) -> u128 {
        let [high, low] = self.seeds.each_ref().map(|seed| seed.hash_one(jti));
        u128::from(high) << 64 | u128::from(low)
    }
}

impl SpentTokens {
    /// Marks a token that is valid until `exp` as used. Exactly one of several concurrent calls succeeds.
    ///
    /// # Errors
    /// It was used before, or no more tokens can be stored.
    pub fn spend(
        &self,
        jti: &str,
        exp: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), SpendError> {
        let mut identifiers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = identifiers.digest(jti);
        while let Some((_, digest)) = identifiers.by_age.pop_front_if(|(until, _)| *until <= now) {
            identifiers.all.remove(&digest);
        }
        if identifiers.all.contains(&digest) {
            return Err(SpendError::Before);
        }
        if identifiers.all.len() >= CAPACITY {
            return Err(SpendError::Full);
        }
        identifiers.all.insert(digest);
        identifiers
            .by_age
            .push_back((Self::kept_until(exp), digest));
        Ok(())
    }

    /// Returns the time until which the use of a token is stored that is valid until `exp`.
    pub fn kept_until(exp: DateTime<Utc>) -> DateTime<Utc> {
        exp.checked_add_signed(KEPT_AFTER_EXPIRY).unwrap_or(exp)
    }

    /// Takes back that a token was used.
    pub fn forget(&self, jti: &str) {
        let mut identifiers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = identifiers.digest(jti);
        identifiers.all.remove(&digest);
        // Other entries are removed when they expire.
        identifiers.by_age.pop_back_if(|(_, last)| *last == digest);
    }

    /// Returns true if a token has been used.
    pub fn contains(&self, jti: &str) -> bool {
        let identifiers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        identifiers.all.contains(&identifiers.digest(jti))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn one_of_many_concurrent_attempts_succeeds() {
        let spent = SpentTokens::default();
        let tries = (0..16).map(|_| {
            let spent = spent.clone();
            thread::spawn(move || spent.spend("a", at(30), at(0)).is_ok())
        });
        let tries: Vec<_> = tries.collect();
        let done = tries.into_iter().filter_map(|it| it.join().ok());
        assert_eq!(done.filter(|done| *done).count(), 1);
        assert!(spent.contains("a") && !spent.contains("b"));
    }

    #[test]
    fn forgotten_token_can_be_used_again() {
        let spent = SpentTokens::default();
        for jti in ["a", "b", "a"] {
            assert_eq!(spent.spend(jti, at(30), at(0)), Ok(()));
            spent.forget("a");
        }
        assert!(spent.contains("b") && !spent.contains("a"));
        assert_eq!(spent.spend("b", at(30), at(0)), Err(SpendError::Before));
    }

    #[test]
    fn expired_tokens_make_room_and_valid_ones_are_never_forgotten() {
        let spent = SpentTokens::default();
        for number in 0..CAPACITY {
            assert_eq!(spent.spend(&number.to_string(), at(30), at(0)), Ok(()));
        }
        assert_eq!(
            spent.spend("one more", at(30), at(29)),
            Err(SpendError::Full)
        );
        assert_eq!(spent.spend("7", at(30), at(29)), Err(SpendError::Before));
        let later = 30 + KEPT_AFTER_EXPIRY.num_seconds();
        assert_eq!(
            spent.spend("one more", at(later), at(later - 1)),
            Err(SpendError::Full)
        );
        assert_eq!(spent.spend("one more", at(later), at(later)), Ok(()));
        assert!(spent.contains("one more") && !spent.contains("7"));
    }
}
