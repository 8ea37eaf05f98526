//! Attempts before and after they are charged.

use std::sync::Arc;

use super::{LimitedAction, LimitsInner, RateLimited, budget::Charge, policy::BudgetOwners};

/// An attempt that no budget has refused so far.
///
/// An attempt costs nothing until [`Attempt::charge`], which is called once the service has admitted the
/// request. A request that the service refuses changes no budget.
#[derive(Debug)]
#[must_use = "an attempt is not charged until `charge` is called"]
pub struct Attempt(pub(super) Option<AdmittedAttempt>);

#[derive(Debug)]
pub(super) struct AdmittedAttempt {
    pub(super) inner: Arc<LimitsInner>,
    pub(super) limited: LimitedAction,
    pub(super) owners: BudgetOwners,
}

impl Attempt {
    /// Charges the attempt to every budget that applies.
    ///
    /// # Errors
    /// Another attempt has exhausted a budget in the meantime. Nothing is charged then.
    pub fn charge(self) -> Result<Receipt, RateLimited> {
        let Some(attempt) = self.0 else {
            return Ok(Receipt(None));
        };
        let now = attempt.inner.clock.now();
        let mut charges = vec![];
        let policy = attempt.inner.policy(attempt.limited);
        let outcome = policy.attempt(&attempt.owners, now, Some(&mut charges));
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

/// The charges of one attempt.
#[derive(Debug)]
#[must_use = "say what becomes of the charge: `keep`, `give_back`, `settle` or `forgive`"]
pub struct Receipt(Option<PaidAttempt>);

#[derive(Debug)]
struct PaidAttempt {
    attempt: AdmittedAttempt,
    charges: Vec<Charge>,
}

impl Receipt {
    /// Leaves the attempt charged. Dropping the receipt, as when the client disconnects, does the same.
    pub fn keep(self) {
        drop(self);
    }

    /// Refunds exactly these charges, because the service failed.
    pub fn give_back(self) {
        if let Some(PaidAttempt { attempt, charges }) = self.0 {
            let now = attempt.inner.clock.now();
            for charge in charges {
                charge.refund(now);
            }
        }
    }

    /// Refunds the charges if the service failed, and leaves them otherwise.
    pub fn settle(self, has_service_failed: bool) {
        if has_service_failed {
            self.give_back();
        } else {
            self.keep();
        }
    }

    /// Fills the budget of the network for the email, because the right password was presented and this
    /// budget only counts guesses. The other budgets stay charged.
    pub fn forgive(self) {
        if let Some(PaidAttempt { attempt, .. }) = self.0
            && let Some(pair) = attempt.owners.pair
        {
            attempt.inner.login.refill_pair(pair);
        }
    }
}
