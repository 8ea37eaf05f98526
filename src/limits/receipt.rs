//! Attempts before and after they are charged.

use std::sync::Arc;

use super::{LimitedAction, LimitsInner, RateLimited, budget::Charge, policy::BudgetOwners};

/// An attempt that no budget refuses so far.
///
/// It costs nothing until [`Attempt::charge`], which is called once the service has admitted the
/// request: one that the service turns away leaves no trace in any budget.
#[derive(Debug)]
#[must_use = "an attempt is not charged until `charge` is called"]
pub struct Attempt(pub(super) Option<AdmittedAttempt>);

#[derive(Debug)]
pub(super) struct AdmittedAttempt {
    pub(super) inner: Arc<LimitsInner>,
    pub(super) limited: LimitedAction,
    pub(super) asking: BudgetOwners,
}

impl Attempt {
    /// Charges the attempt to every budget that it concerns.
    ///
    /// # Errors
    /// Another attempt has exhausted a budget meanwhile. Then nothing is charged.
    pub fn charge(self) -> Result<Receipt, RateLimited> {
        let Some(attempt) = self.0 else {
            return Ok(Receipt(None));
        };
        let now = attempt.inner.watch.now();
        let mut charges = vec![];
        let policy = attempt.inner.policy(attempt.limited);
        let outcome = policy.ask(&attempt.asking, now, Some(&mut charges));
        let receipt = Receipt(Some(PaidAttempt { attempt, charges }));
        match outcome {
            Ok(()) => Ok(receipt),
            Err(refused) => {
                receipt.give_back();
                Err(refused)
            }
        }
    }
}

/// Proof of what one attempt was charged: of these budgets and no others.
#[derive(Debug)]
#[must_use = "say what becomes of the charge: `keep`, `give_back`, `settle` or `forgive`"]
pub struct Receipt(Option<PaidAttempt>);

#[derive(Debug)]
struct PaidAttempt {
    attempt: AdmittedAttempt,
    charges: Vec<Charge>,
}

impl Receipt {
    /// Leaves the attempt charged. Dropping the receipt, as when the client hangs up, does the same.
    pub fn keep(self) {
        drop(self);
    }

    /// Gives back exactly what was charged, because the service failed.
    pub fn give_back(self) {
        if let Some(PaidAttempt { attempt, charges }) = self.0 {
            let now = attempt.inner.watch.now();
            for charge in charges {
                charge.give_back(now);
            }
        }
    }

    /// Gives back what was charged if the service failed, and leaves it charged otherwise.
    pub fn settle(self, has_service_failed: bool) {
        if has_service_failed {
            self.give_back();
        } else {
            self.keep();
        }
    }

    /// Fills up what the network has for the address, because it has shown that it knows the
    /// password: only guesses count there. The other budgets stay charged.
    pub fn forgive(self) {
        if let Some(PaidAttempt { attempt, .. }) = self.0
            && let Some(pair) = attempt.asking.pair
        {
            attempt.inner.login.refill_pair(pair);
        }
    }
}
