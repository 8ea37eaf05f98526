//! One budget: so many attempts in so long, for each name that has one.

use std::{sync::Arc, time::Duration};

use super::{
    Limited, Whose,
    table::{Name, Outcome, Table},
};
use crate::config::Rate;

/// A budget that fills up evenly: at once no more than its rate allows in a window, and then one
/// more each time that fraction of the window has passed.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    pub(super) limited: Limited,
    pub(super) whose: Whose,
    pub(super) rate: Rate,
    table: Arc<Table>,
    /// The names that find no place in the table share this one budget. Without one they are not
    /// charged here.
    overflow: Option<Arc<Table>>,
}

impl Budget {
    pub(super) fn new(limited: Limited, whose: Whose, rate: Rate, capacity: usize) -> Self {
        Self {
            limited,
            whose,
            rate,
            table: Arc::new(Table::new(rate, capacity)),
            overflow: None,
        }
    }

    /// The same budget, which is shared by all names that find no place in its table.
    pub(super) fn with_overflow(mut self) -> Self {
        self.overflow = Some(Arc::new(Table::new(self.rate, 1)));
        self
    }

    /// Looks whether one attempt is allowed, or charges it: then there may be a charge to give
    /// back. `Err` says how long to wait.
    pub(super) fn ask(&self, name: Name, now: u64, pays: bool) -> Result<Option<Charge>, Duration> {
        let (mut table, mut name) = (&self.table, name);
        let mut outcome = table.ask(name, now, pays);
        if outcome == Outcome::NoPlace
            && let Some(overflow) = &self.overflow
        {
            (table, name) = (overflow, Name::default());
            outcome = table.ask(name, now, pays);
        }
        match outcome {
            Outcome::Allowed | Outcome::NoPlace => Ok(None),
            Outcome::Exhausted(wait) => Err(wait),
            Outcome::Charged(serial) => Ok(Some(Charge {
                table: table.clone(),
                name,
                serial,
            })),
        }
    }

    /// Fills up the budget of that name.
    pub(super) fn refill(&self, name: Name) {
        self.table.refill(name);
    }
}

/// What one budget was charged. Not to be copied: it can be given back once.
#[derive(Debug)]
pub(super) struct Charge {
    table: Arc<Table>,
    name: Name,
    serial: u64,
}

impl Charge {
    pub(super) fn give_back(self, now: u64) {
        self.table.give_back(self.name, self.serial, now);
    }
}
