//! One budget: so many attempts in so long, for each name that has one.

use std::{sync::Arc, time::Duration};

use super::{
    BudgetScope, LimitedAction,
    table::{BudgetOutcome, BudgetTable, OwnerKey},
};
use crate::config::Rate;

/// A budget that fills up evenly: at once no more than its rate allows in a window, and then one
/// more each time that fraction of the window has passed.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    pub(super) limited: LimitedAction,
    pub(super) whose: BudgetScope,
    pub(super) rate: Rate,
    table: Arc<BudgetTable>,
    /// The names that find no place in the table share this one budget. Without one they are not
    /// charged here.
    overflow: Option<Arc<BudgetTable>>,
}

impl Budget {
    pub(super) fn new(
        limited: LimitedAction,
        whose: BudgetScope,
        rate: Rate,
        capacity: usize,
    ) -> Self {
        Self {
            limited,
            whose,
            rate,
            table: Arc::new(BudgetTable::new(rate, capacity)),
            overflow: None,
        }
    }

    /// The same budget, which is shared by all names that find no place in its table.
    pub(super) fn with_overflow(mut self) -> Self {
        self.overflow = Some(Arc::new(BudgetTable::new(self.rate, 1)));
        self
    }

    /// Looks whether one attempt is allowed, or charges it: then there may be a charge to give
    /// back. `Err` says how long to wait.
    pub(super) fn ask(
        &self,
        name: OwnerKey,
        now: u64,
        pays: bool,
    ) -> Result<Option<Charge>, Duration> {
        let (mut table, mut name) = (&self.table, name);
        let mut outcome = table.ask(name, now, pays);
        if outcome == BudgetOutcome::NoPlace
            && let Some(overflow) = &self.overflow
        {
            (table, name) = (overflow, OwnerKey::default());
            outcome = table.ask(name, now, pays);
        }
        match outcome {
            BudgetOutcome::Allowed | BudgetOutcome::NoPlace => Ok(None),
            BudgetOutcome::Exhausted(wait) => Err(wait),
            BudgetOutcome::Charged(serial) => Ok(Some(Charge {
                table: table.clone(),
                name,
                serial,
            })),
        }
    }

    /// Fills up the budget of that name.
    pub(super) fn refill(&self, name: OwnerKey) {
        self.table.refill(name);
    }
}

/// What one budget was charged. Not to be copied: it can be given back once.
#[derive(Debug)]
pub(super) struct Charge {
    table: Arc<BudgetTable>,
    name: OwnerKey,
    serial: u64,
}

impl Charge {
    pub(super) fn give_back(self, now: u64) {
        self.table.give_back(self.name, self.serial, now);
    }
}
