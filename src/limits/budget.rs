//! One budget: a rate limit for each of its owners.

use std::{sync::Arc, time::Duration};

use super::{
    BudgetScope, LimitedAction,
    table::{BudgetOutcome, BudgetTable, OwnerKey},
};
use crate::{
    config::Rate,
    coordination::{BudgetRole, NameKey, SharedEntry},
};

/// A rate limit by GCRA: a burst of at most the rate's count, and then one attempt for each fraction of the
/// window.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    pub(super) limited: LimitedAction,
    pub(super) scope: BudgetScope,
    pub(super) rate: Rate,
    table: Arc<BudgetTable>,
    /// The single budget of the owners that find no place in the table. Without it these owners are not
    /// charged.
    overflow: Option<Arc<BudgetTable>>,
}

impl Budget {
    pub(super) fn new(
        limited: LimitedAction,
        scope: BudgetScope,
        rate: Rate,
        capacity: usize,
    ) -> Self {
        Self {
            limited,
            scope,
            rate,
            table: Arc::new(BudgetTable::new(rate, capacity)),
            overflow: None,
        }
    }

    /// Adds one budget that is shared by all owners that find no place in the table.
    pub(super) fn with_overflow(mut self) -> Self {
        self.overflow = Some(Arc::new(BudgetTable::new(self.rate, 1)));
        self
    }

    /// Checks whether one attempt is allowed, or charges it. A charge is returned if there is something to
    /// refund. `Err` contains the time to wait.
    pub(super) fn attempt(
        &self,
        owner: OwnerKey,
        now: u64,
        is_charged: bool,
    ) -> Result<Option<Charge>, Duration> {
        let (mut table, mut owner) = (&self.table, owner);
        let mut outcome = table.attempt(owner, now, is_charged);
        if outcome == BudgetOutcome::NoPlace
            && let Some(overflow) = &self.overflow
        {
            (table, owner) = (overflow, OwnerKey::default());
            outcome = table.attempt(owner, now, is_charged);
        }
        match outcome {
            BudgetOutcome::Allowed | BudgetOutcome::NoPlace => Ok(None),
            BudgetOutcome::Exhausted(wait) => Err(wait),
            BudgetOutcome::Charged(serial) => Ok(Some(Charge {
                table: table.clone(),
                owner,
                serial,
            })),
        }
    }

    /// Returns the key of an owner on the server. `position` names the budget among all. Changed settings begin with
    /// full budgets, as they do at a node.
    pub(super) fn shared_key(
        &self,
        names: &NameKey,
        (policy, index): (&str, usize),
        owner: &OwnerKey,
    ) -> String {
        let budget = format!("{policy} {index} {}", self.rate);
        names.name(&[b"budget", budget.as_bytes(), owner])
    }

    /// Returns the budget of a key on the server.
    pub(super) fn shared_entry(&self, role: BudgetRole, key: Option<String>) -> SharedEntry {
        SharedEntry {
            role,
            key,
            interval: self.table.interval_micros(),
            tolerance: self.table.tolerance_micros(),
        }
    }

    /// Fills the budget of that owner.
    pub(super) fn refill(&self, owner: OwnerKey) {
        self.table.refill(owner);
    }
}

/// A charge to one budget. Not `Clone`, because a charge can be refunded once.
#[derive(Debug)]
pub(super) struct Charge {
    table: Arc<BudgetTable>,
    owner: OwnerKey,
    serial: u64,
}

impl Charge {
    pub(super) fn refund(self, now: u64) {
        self.table.refund(self.owner, self.serial, now);
    }
}
