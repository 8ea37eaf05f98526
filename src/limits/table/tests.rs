use std::num::NonZeroU32;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

const SECOND: u64 = 1_000_000_000;

fn rate(count: u32, seconds: i64) -> Rate {
    Rate {
        count: NonZeroU32::new(count).unwrap(),
        window: TimeDelta::seconds(seconds),
    }
}

fn owner(n: u32) -> OwnerKey {
    let n = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    n.to_be_bytes()
}

impl BudgetTable {
    /// Returns the time at which each entry is full again, by owner.
    fn full_at(&self) -> Vec<(OwnerKey, u64)> {
        let entries = self.lock();
        assert_eq!(entries.by_owner.len(), entries.by_time.len());
        let mut all: Vec<_> = entries
            .by_owner
            .iter()
            .map(|(owner, entry)| (*owner, entry.full_at))
            .collect();
        all.sort_unstable();
        all
    }

    fn is_exhausted(&self, full_at: u64, now: u64) -> bool {
        self.wait(full_at, now).is_some()
    }
}

#[test]
fn a_million_owners_stay_within_the_capacity() {
    let table = BudgetTable::new(rate(2, 60), 4096);
    for n in 0..1_000_000 {
        assert!(matches!(
            table.attempt(owner(n), 0, true),
            BudgetOutcome::Charged(_)
        ));
        assert!(table.lock().by_owner.len() <= 4096);
    }
    assert_eq!(table.full_at().len(), 4096);
}

#[test]
fn table_of_exhausted_budgets_accepts_no_owner() {
    let table = BudgetTable::new(rate(1, 60), 2);
    assert!(matches!(
        table.attempt(owner(1), 0, true),
        BudgetOutcome::Charged(_)
    ));
    assert!(matches!(
        table.attempt(owner(2), 0, true),
        BudgetOutcome::Charged(_)
    ));
    assert_eq!(table.attempt(owner(3), 0, true), BudgetOutcome::NoPlace);
    assert!(matches!(
        table.attempt(owner(1), 59 * SECOND, true),
        BudgetOutcome::Exhausted(_)
    ));
    // Time has refilled the budgets.
    let outcome = table.attempt(owner(3), 60 * SECOND, true);
    assert!(matches!(outcome, BudgetOutcome::Charged(_)));
    assert_eq!(table.full_at().len(), 2);
}

#[test]
fn charge_is_refunded_only_to_its_own_entry() {
    let table = BudgetTable::new(rate(3, 90), 8);
    let BudgetOutcome::Charged(first) = table.attempt(owner(1), 0, true) else {
        panic!("not charged");
    };
    // Time has refilled the budget, so this charge belongs to another entry.
    let BudgetOutcome::Charged(second) = table.attempt(owner(1), 31 * SECOND, true) else {
        panic!("not charged");
    };
    let before = table.full_at();
    table.refund(owner(1), first, 31 * SECOND);
    assert_eq!(table.full_at(), before);
    table.refund(owner(1), second, 31 * SECOND);
    assert_eq!(table.full_at(), []);
    table.refund(owner(1), second, 31 * SECOND);
    assert_eq!(table.full_at(), []);
}

proptest! {
    /// An evicted entry is the one closest to full, and never exhausted.
    #[test]
    fn exhausted_entries_are_never_evicted_and_fuller_ones_are_evicted_first(
        attempts in prop::collection::vec((0u32..24, 0u64..8), 0..400),
        capacity in 1usize..8,
        count in 1u32..5,
    ) {
        let table = BudgetTable::new(rate(count, 60), capacity);
        let mut now = 0;
        for (n, seconds) in attempts {
            now += seconds * SECOND;
            let before = table.full_at();
            let checked = table.attempt(owner(n), now, false);
            prop_assert_eq!(table.full_at(), before.clone(), "a check changes nothing");
            let outcome = table.attempt(owner(n), now, true);
            match outcome {
                BudgetOutcome::Charged(_) => prop_assert_eq!(checked, BudgetOutcome::Allowed),
                other => {
                    prop_assert_eq!(checked, other);
                    prop_assert_eq!(table.full_at(), before.clone(), "a refusal costs nothing");
                }
            }
            let after = table.full_at();
            prop_assert!(after.len() <= capacity);
            let is_kept = |owner: &OwnerKey| after.iter().any(|(kept, _)| kept == owner);
            let closest = before.iter().map(|(_, full_at)| *full_at).min();
            for (_, evicted) in before.iter().filter(|(owner, _)| !is_kept(owner)) {
                prop_assert_eq!(Some(*evicted), closest);
                prop_assert!(!table.is_exhausted(*evicted, now));
            }
            if outcome == BudgetOutcome::NoPlace {
                prop_assert!(before.iter().all(|(_, full_at)| table.is_exhausted(*full_at, now)));
            }
        }
    }

    /// Refunded attempts leave no trace.
    #[test]
    fn refunded_attempts_leave_no_trace(
        attempts in prop::collection::vec((0u32..6, 0u64..40, any::<bool>()), 0..200),
    ) {
        let (table, reference) = (BudgetTable::new(rate(4, 60), 8), BudgetTable::new(rate(4, 60), 8));
        let mut now = 0;
        for (n, seconds, is_refunded) in attempts {
            now += seconds * SECOND;
            let outcome = table.attempt(owner(n), now, true);
            match outcome {
                BudgetOutcome::Charged(serial) if is_refunded => {
                    table.refund(owner(n), serial, now);
                    // An entry that time has refilled is equal to a missing one.
                    let used_entries = |table: &BudgetTable| -> Vec<_> {
                        table.full_at().into_iter().filter(|(_, full_at)| *full_at > now).collect()
                    };
                    prop_assert_eq!(used_entries(&table), used_entries(&reference));
                    let is_there = table.full_at().iter().any(|(it, _)| *it == owner(n));
                    prop_assert_eq!(is_there, used_entries(&reference).iter().any(|(it, _)| *it == owner(n)));
                }
                BudgetOutcome::Charged(_) => {
                    let charged = reference.attempt(owner(n), now, true);
                    prop_assert!(matches!(charged, BudgetOutcome::Charged(_)));
                }
                other => prop_assert_eq!(reference.attempt(owner(n), now, true), other),
            }
        }
    }
}
