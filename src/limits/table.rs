//! What has been spent, in a table that never grows beyond what it was made for.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use governor::{nanos::Nanos, state::StateStore};
use lru::LruCache;

/// So that one request rarely waits for another.
const SHARDS: usize = 16;

/// What somebody is called here: a hash.
pub(super) type Name = [u8; 16];

/// A budget's id, and who has it.
type Key = (u8, Name);

type Shard = Mutex<LruCache<Key, Nanos>>;

/// A question to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ask {
    pub(super) key: Key,
    /// Whether it pays, or only looks.
    pub(super) pays: bool,
}

/// A cheap handle. When the table is full, who has spent nothing for longest is forgotten, which
/// gives somebody more than their due and never less.
#[derive(Clone)]
pub(super) struct Table(Arc<Inner>);

struct Inner {
    shards: Vec<Shard>,
    ids: AtomicU8,
}

impl Table {
    pub(super) fn new(capacity: usize) -> Self {
        let shards = if capacity < SHARDS { 1 } else { SHARDS };
        let of_one = NonZeroUsize::new(capacity / shards).unwrap_or(NonZeroUsize::MIN);
        let shards = (0..shards).map(|_| Mutex::new(LruCache::new(of_one)));
        Self(Arc::new(Inner {
            shards: shards.collect(),
            ids: AtomicU8::new(0),
        }))
    }

    /// Another one each time.
    pub(super) fn next_id(&self) -> u8 {
        self.0.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// Forgets what that key has spent.
    pub(super) fn forget(&self, key: &Key) {
        if let Some(shard) = self.shard(key) {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.pop(key);
        }
    }

    /// Gives that key back what one attempt costs.
    pub(super) fn give_back(&self, key: &Key, cost: Nanos) {
        if let Some(shard) = self.shard(key) {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(spent) = shard.peek_mut(key) {
                *spent = spent.saturating_sub(cost);
            }
        }
    }

    fn shard(&self, (_, [first, ..]): &Key) -> Option<&Shard> {
        let shards = &self.0.shards;
        shards.get(usize::from(*first) % shards.len())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let shards = self.0.shards.iter();
        shards.map(|shard| shard.lock().unwrap().len()).sum()
    }
}

impl StateStore for Table {
    type Key = Ask;

    fn measure_and_replace<T, F, E>(&self, ask: &Ask, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let Some(shard) = self.shard(&ask.key) else {
            return measure(None).map(|(outcome, _)| outcome);
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, spent) = measure(shard.peek(&ask.key).copied())?;
        if ask.pays {
            shard.put(ask.key, spent);
        }
        Ok(outcome)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Table")
    }
}
