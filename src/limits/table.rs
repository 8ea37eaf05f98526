//! A table of bounded size with the used budgets of one kind (GCRA).

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::config::Rate;

const NANOS_PER_MICRO: u64 = 1000;

/// The key of a budget's owner: a keyed hash.
pub(super) type OwnerKey = [u8; 16];

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BudgetOutcome {
    /// The budget allows the attempt, which was only checked.
    Allowed,
    /// The attempt was charged to the entry with this serial number.
    Charged(u64),
    /// The budget is exhausted for this time.
    Exhausted(Duration),
    /// The table is full of exhausted budgets, and the owner has no entry.
    NoPlace,
}

/// A table of the owners that have used some of their budget.
///
/// A full table makes room by removing the entry that is closest to full: first those that time has
/// refilled, then those that have used least. An exhausted entry is never removed.
#[derive(Debug)]
pub(super) struct BudgetTable {
    /// The emission interval: the time in which one attempt is refilled, in nanoseconds.
    interval: u64,
    /// The burst tolerance: an entry that is full again within this time allows one more attempt, in
    /// nanoseconds.
    tolerance: u64,
    capacity: usize,
    entries: Mutex<TableEntries>,
}

#[derive(Debug, Default)]
struct TableEntries {
    by_owner: HashMap<OwnerKey, TableEntry>,
    by_time: BTreeSet<(u64, OwnerKey)>,
    last_serial: u64,
}

#[derive(Debug, Clone, Copy)]
struct TableEntry {
    /// The theoretical arrival time: the time at which the budget is full again, in nanoseconds of the
    /// clock.
    full_at: u64,
    /// The serial number, which changes when the entry is created, or charged after it was full.
    serial: u64,
}

impl BudgetTable {
    /// Creates a table for `capacity` owners, and for one at least.
    pub(super) fn new(rate: Rate, capacity: usize) -> Self {
        // In whole microseconds, as on the server that nodes may share.
        let micros = u64::try_from(rate.interval().as_micros()).unwrap_or(u64::MAX);
        let interval = micros.saturating_mul(NANOS_PER_MICRO);
        Self {
            interval,
            tolerance: interval.saturating_mul(u64::from(rate.count.get() - 1)),
            capacity: capacity.max(1),
            entries: Mutex::default(),
        }
    }

    /// Returns the emission interval in microseconds.
    pub(super) fn interval_micros(&self) -> u64 {
        self.interval / NANOS_PER_MICRO
    }

    /// Returns the burst tolerance in microseconds.
    pub(super) fn tolerance_micros(&self) -> u64 {
        self.tolerance / NANOS_PER_MICRO
    }

    /// Checks whether the owner's budget allows an attempt, and charges it if `is_charged`.
    pub(super) fn attempt(&self, owner: OwnerKey, now: u64, is_charged: bool) -> BudgetOutcome {
        let mut entries = self.lock();
        let entry = entries.by_owner.get(&owner).copied();
        let used = entry.filter(|entry| entry.full_at > now);
        let full_at = used.map_or(now, |entry| entry.full_at);
        if let Some(wait) = self.wait(full_at, now) {
            return BudgetOutcome::Exhausted(wait);
        }
        if entry.is_none() && entries.by_owner.len() >= self.capacity {
            let Some(&(closest, evicted)) = entries.by_time.first() else {
                return BudgetOutcome::NoPlace;
            };
            if self.wait(closest, now).is_some() {
                return BudgetOutcome::NoPlace;
            }
            if is_charged {
                entries.remove(evicted);
            }
        }
        if !is_charged {
            return BudgetOutcome::Allowed;
        }
        let serial = used.map_or(entries.last_serial + 1, |entry| entry.serial);
        entries.last_serial = entries.last_serial.max(serial);
        let full_at = full_at.saturating_add(self.interval);
        entries.set(owner, TableEntry { full_at, serial });
        BudgetOutcome::Charged(serial)
    }

    /// Refunds one attempt that was charged to the entry with that serial number, if it still exists. An
    /// entry that is full then is removed.
    pub(super) fn refund(&self, owner: OwnerKey, serial: u64, now: u64) {
        let mut entries = self.lock();
        let charged = entries.by_owner.get(&owner).copied();
        let Some(charged) = charged.filter(|entry| entry.serial == serial) else {
            return;
        };
        let full_at = charged.full_at.saturating_sub(self.interval);
        if full_at <= now {
            entries.remove(owner);
        } else {
            entries.set(owner, TableEntry { full_at, serial });
        }
    }

    /// Fills the budget of that owner.
    pub(super) fn refill(&self, owner: OwnerKey) {
        self.lock().remove(owner);
    }

    /// Returns the time for which an entry that is full at that time allows no attempt.
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
    fn set(&mut self, owner: OwnerKey, entry: TableEntry) {
        if let Some(old) = self.by_owner.insert(owner, entry) {
            self.by_time.remove(&(old.full_at, owner));
        }
        self.by_time.insert((entry.full_at, owner));
    }

    fn remove(&mut self, owner: OwnerKey) {
        if let Some(old) = self.by_owner.remove(&owner) {
            self.by_time.remove(&(old.full_at, owner));
        }
    }
}

#[cfg(test)]
mod tests;
