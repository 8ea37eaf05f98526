//! The spent budgets of one kind, in a table of bounded size (GCRA).

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::config::Rate;

/// The name of a budget's owner: a keyed hash.
pub(super) type OwnerKey = [u8; 16];

/// The answer to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BudgetOutcome {
    /// The budget allows the attempt. Nothing was charged, because nothing was to be.
    Allowed,
    /// The attempt was charged, to the entry with this serial number.
    Charged(u64),
    /// The budget is exhausted for so long.
    Exhausted(Duration),
    /// The table is full of exhausted budgets, and the name has no entry.
    NoPlace,
}

/// A table of the owners that have spent some of the same budget.
///
/// A full table makes room by forgetting the entry that is closest to full again: first those that
/// time has refilled, then those that have spent least. An exhausted entry is never forgotten.
#[derive(Debug)]
pub(super) struct BudgetTable {
    /// The nanoseconds in which one attempt comes back.
    interval: u64,
    /// How far in the future an entry may be full again and still allow one more attempt.
    tolerance: u64,
    capacity: usize,
    entries: Mutex<TableEntries>,
}

#[derive(Debug, Default)]
struct TableEntries {
    by_name: HashMap<OwnerKey, TableEntry>,
    by_time: BTreeSet<(u64, OwnerKey)>,
    last_serial: u64,
}

#[derive(Debug, Clone, Copy)]
struct TableEntry {
    /// The time at which the budget is full again, in nanoseconds of the watch.
    full_at: u64,
    /// Another one each time that the entry is made, or was full and is charged again.
    serial: u64,
}

impl BudgetTable {
    /// A table with room for so many names; for one at least.
    pub(super) fn new(rate: Rate, capacity: usize) -> Self {
        let interval = u64::try_from(rate.interval().as_nanos()).unwrap_or(u64::MAX);
        Self {
            interval,
            tolerance: interval.saturating_mul(u64::from(rate.count.get() - 1)),
            capacity: capacity.max(1),
            entries: Mutex::default(),
        }
    }

    /// Asks whether the budget of that name allows an attempt, and charges it if `pays`.
    pub(super) fn ask(&self, name: OwnerKey, now: u64, pays: bool) -> BudgetOutcome {
        let mut entries = self.lock();
        let known = entries.by_name.get(&name).copied();
        let spent = known.filter(|entry| entry.full_at > now);
        let full_at = spent.map_or(now, |entry| entry.full_at);
        if let Some(wait) = self.wait(full_at, now) {
            return BudgetOutcome::Exhausted(wait);
        }
        if known.is_none() && entries.by_name.len() >= self.capacity {
            let Some(&(closest, forgotten)) = entries.by_time.first() else {
                return BudgetOutcome::NoPlace;
            };
            if self.wait(closest, now).is_some() {
                return BudgetOutcome::NoPlace;
            }
            if pays {
                entries.remove(forgotten);
            }
        }
        if !pays {
            return BudgetOutcome::Allowed;
        }
        let serial = spent.map_or(entries.last_serial + 1, |entry| entry.serial);
        entries.last_serial = entries.last_serial.max(serial);
        let full_at = full_at.saturating_add(self.interval);
        entries.set(name, TableEntry { full_at, serial });
        BudgetOutcome::Charged(serial)
    }

    /// Gives back one attempt that was charged to the entry with that serial number, if there still
    /// is one. An entry that is full then is removed.
    pub(super) fn give_back(&self, name: OwnerKey, serial: u64, now: u64) {
        let mut entries = self.lock();
        let charged = entries.by_name.get(&name).copied();
        let Some(charged) = charged.filter(|entry| entry.serial == serial) else {
            return;
        };
        let full_at = charged.full_at.saturating_sub(self.interval);
        if full_at <= now {
            entries.remove(name);
        } else {
            entries.set(name, TableEntry { full_at, serial });
        }
    }

    /// Fills up the budget of that name.
    pub(super) fn refill(&self, name: OwnerKey) {
        self.lock().remove(name);
    }

    /// How long an entry that is full at that time allows nothing.
    fn wait(&self, full_at: u64, now: u64) -> Option<Duration> {
        let missing = full_at.saturating_sub(now);
        let wait = missing.saturating_sub(self.tolerance);
        (wait > 0).then(|| Duration::from_nanos(wait))
    }

    fn lock(&self) -> MutexGuard<'_, TableEntries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TableEntries {
    fn set(&mut self, name: OwnerKey, entry: TableEntry) {
        if let Some(old) = self.by_name.insert(name, entry) {
            self.by_time.remove(&(old.full_at, name));
        }
        self.by_time.insert((entry.full_at, name));
    }

    fn remove(&mut self, name: OwnerKey) {
        if let Some(old) = self.by_name.remove(&name) {
            self.by_time.remove(&(old.full_at, name));
        }
    }
}

#[cfg(test)]
mod tests;
