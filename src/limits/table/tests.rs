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

fn name(n: u32) -> OwnerKey {
    let n = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    n.to_be_bytes()
}

impl BudgetTable {
    /// When each entry is full again, by name.
    fn full_at(&self) -> Vec<(OwnerKey, u64)> {
        let entries = self.lock();
        assert_eq!(entries.by_name.len(), entries.by_time.len());
        let mut all: Vec<_> = entries
            .by_name
            .iter()
            .map(|(name, entry)| (*name, entry.full_at))
            .collect();
        all.sort_unstable();
        all
    }

    fn is_exhausted(&self, full_at: u64, now: u64) -> bool {
        self.wait(full_at, now).is_some()
    }
}

#[test]
fn a_million_names_take_no_more_room_than_the_table_has() {
    let table = BudgetTable::new(rate(2, 60), 4096);
    for n in 0..1_000_000 {
        assert!(matches!(
            table.ask(name(n), 0, true),
            BudgetOutcome::Charged(_)
        ));
        assert!(table.lock().by_name.len() <= 4096);
    }
    assert_eq!(table.full_at().len(), 4096);
}

#[test]
fn a_table_of_exhausted_budgets_forgets_none_and_takes_no_name() {
    let table = BudgetTable::new(rate(1, 60), 2);
    assert!(matches!(
        table.ask(name(1), 0, true),
        BudgetOutcome::Charged(_)
    ));
    assert!(matches!(
        table.ask(name(2), 0, true),
        BudgetOutcome::Charged(_)
    ));
    assert_eq!(table.ask(name(3), 0, true), BudgetOutcome::NoPlace);
    assert!(matches!(
        table.ask(name(1), 59 * SECOND, true),
        BudgetOutcome::Exhausted(_)
    ));
    // Time has refilled them.
    let outcome = table.ask(name(3), 60 * SECOND, true);
    assert!(matches!(outcome, BudgetOutcome::Charged(_)));
    assert_eq!(table.full_at().len(), 2);
}

#[test]
fn a_charge_is_given_back_to_its_own_entry_alone() {
    let table = BudgetTable::new(rate(3, 90), 8);
    let BudgetOutcome::Charged(first) = table.ask(name(1), 0, true) else {
        panic!("not charged");
    };
    // Time has refilled the budget: this charge is another entry's.
    let BudgetOutcome::Charged(second) = table.ask(name(1), 31 * SECOND, true) else {
        panic!("not charged");
    };
    let before = table.full_at();
    table.give_back(name(1), first, 31 * SECOND);
    assert_eq!(table.full_at(), before);
    table.give_back(name(1), second, 31 * SECOND);
    assert_eq!(table.full_at(), []);
    table.give_back(name(1), second, 31 * SECOND);
    assert_eq!(table.full_at(), []);
}

proptest! {
    /// An entry that makes room is the one closest to full, and never exhausted.
    #[test]
    fn an_exhausted_entry_is_never_forgotten_and_a_spent_one_not_before_a_full_one(
        attempts in prop::collection::vec((0u32..24, 0u64..8), 0..400),
        capacity in 1usize..8,
        count in 1u32..5,
    ) {
        let table = BudgetTable::new(rate(count, 60), capacity);
        let mut now = 0;
        for (n, seconds) in attempts {
            now += seconds * SECOND;
            let before = table.full_at();
            let looked = table.ask(name(n), now, false);
            prop_assert_eq!(table.full_at(), before.clone(), "a look changes nothing");
            let asked = table.ask(name(n), now, true);
            match asked {
                BudgetOutcome::Charged(_) => prop_assert_eq!(looked, BudgetOutcome::Allowed),
                other => {
                    prop_assert_eq!(looked, other);
                    prop_assert_eq!(table.full_at(), before.clone(), "a refusal costs nothing");
                }
            }
            let after = table.full_at();
            prop_assert!(after.len() <= capacity);
            let is_kept = |name: &OwnerKey| after.iter().any(|(kept, _)| kept == name);
            let closest = before.iter().map(|(_, full_at)| *full_at).min();
            for (_, forgotten) in before.iter().filter(|(name, _)| !is_kept(name)) {
                prop_assert_eq!(Some(*forgotten), closest);
                prop_assert!(!table.is_exhausted(*forgotten, now));
            }
            if asked == BudgetOutcome::NoPlace {
                prop_assert!(before.iter().all(|(_, full_at)| table.is_exhausted(*full_at, now)));
            }
        }
    }

    /// What some attempts are given back, they have never cost.
    #[test]
    fn a_table_is_as_if_attempts_that_were_given_back_had_not_been(
        attempts in prop::collection::vec((0u32..6, 0u64..40, any::<bool>()), 0..200),
    ) {
        let (table, twin) = (BudgetTable::new(rate(4, 60), 8), BudgetTable::new(rate(4, 60), 8));
        let mut now = 0;
        for (n, seconds, is_given_back) in attempts {
            now += seconds * SECOND;
            let outcome = table.ask(name(n), now, true);
            match outcome {
                BudgetOutcome::Charged(serial) if is_given_back => {
                    table.give_back(name(n), serial, now);
                    // Nothing is left of an entry that time has refilled.
                    let spent = |table: &BudgetTable| -> Vec<_> {
                        table.full_at().into_iter().filter(|(_, full_at)| *full_at > now).collect()
                    };
                    prop_assert_eq!(spent(&table), spent(&twin));
                    let is_there = table.full_at().iter().any(|(it, _)| *it == name(n));
                    prop_assert_eq!(is_there, spent(&twin).iter().any(|(it, _)| *it == name(n)));
                }
                BudgetOutcome::Charged(_) => {
                    let charged = twin.ask(name(n), now, true);
                    prop_assert!(matches!(charged, BudgetOutcome::Charged(_)));
                }
                other => prop_assert_eq!(twin.ask(name(n), now, true), other),
            }
        }
    }
}
