//! Tokens that are good once. Nobody stores them, so this is what one node remembers, for as long as
//! they would be good: another node, or this one after a restart, remembers nothing.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// How many are remembered, at some 150 bytes each.
const CAPACITY: usize = 100_000;

/// How long a name outlives its token: a clock may be set back a little.
const AFTERLIFE: TimeDelta = TimeDelta::minutes(1);

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpendError {
    /// It has been spent before.
    #[error("spent")]
    Before,
    /// More are spent than can be remembered. Our trouble.
    #[error("too many tokens are being spent")]
    Full,
}

/// A cheap handle on the names (`jti`) of tokens that were spent here.
#[derive(Debug, Clone, Default)]
pub struct SpentTokens(Arc<Mutex<SpentNames>>);

#[derive(Debug, Default)]
struct SpentNames {
    all: HashSet<String>,
    by_age: VecDeque<(DateTime<Utc>, String)>,
}

impl SpentTokens {
    /// Spends a token that is good until `exp`. Of any number at once, one succeeds.
    pub fn spend(
        &self,
        jti: &str,
        exp: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), SpendError> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((_, name)) = names.by_age.pop_front_if(|(until, _)| *until <= now) {
            names.all.remove(&name);
        }
        if names.all.contains(jti) {
            return Err(SpendError::Before);
        }
        if names.all.len() >= CAPACITY {
            return Err(SpendError::Full);
        }
        names.all.insert(jti.to_owned());
        let until = exp.checked_add_signed(AFTERLIFE).unwrap_or(exp);
        names.by_age.push_back((until, jti.to_owned()));
        Ok(())
    }

    /// Whether a token has been spent.
    pub fn knows(&self, jti: &str) -> bool {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.all.contains(jti)
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
    fn of_many_at_once_one_spends_it() {
        let spent = SpentTokens::default();
        let tries = (0..16).map(|_| {
            let spent = spent.clone();
            thread::spawn(move || spent.spend("a", at(30), at(0)).is_ok())
        });
        let tries: Vec<_> = tries.collect();
        let done = tries.into_iter().filter_map(|it| it.join().ok());
        assert_eq!(done.filter(|done| *done).count(), 1);
        assert!(spent.knows("a") && !spent.knows("b"));
    }

    #[test]
    fn what_is_over_makes_room_and_what_is_not_is_never_forgotten() {
        let spent = SpentTokens::default();
        for number in 0..CAPACITY {
            assert_eq!(spent.spend(&number.to_string(), at(30), at(0)), Ok(()));
        }
        assert_eq!(
            spent.spend("one more", at(30), at(29)),
            Err(SpendError::Full)
        );
        assert_eq!(spent.spend("7", at(30), at(29)), Err(SpendError::Before));
        let later = 30 + AFTERLIFE.num_seconds();
        assert_eq!(
            spent.spend("one more", at(later), at(later - 1)),
            Err(SpendError::Full)
        );
        assert_eq!(spent.spend("one more", at(later), at(later)), Ok(()));
        assert!(spent.knows("one more") && !spent.knows("7"));
    }
}
