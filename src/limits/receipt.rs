//! Attempts before and after they are charged.

use std::sync::Arc;

use super::{
    LimitError, LimitedAction, LimitsInner, RateLimited, budget::Charge, owners::BudgetOwners,
    shared::SharedAttempt,
};
use crate::coordination::SharedCharge;

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
    /// The budgets of all nodes. `None` if nodes do not coordinate.
    pub(super) shared: Option<SharedAttempt>,
}

impl AdmittedAttempt {
    /// Asks for the budgets of all nodes. See [`SharedAttempt::ask`].
    pub(super) async fn ask_all_nodes(
        &self,
        is_charged: bool,
    ) -> Result<Option<Vec<SharedCharge>>, LimitError> {
        match &self.shared {
            None => Ok(None),
            // Boxed, so that nodes without a server do not have the larger future.
            Some(shared) => {
                let policy = self.inner.policy(self.limited);
                Box::pin(shared.ask(policy, is_charged)).await
            }
        }
    }

    /// Checks every budget of this node, and charges each one if `charges` is a list.
    pub(super) fn attempt_here(
        &self,
        charges: Option<&mut Vec<Charge>>,
    ) -> Result<(), RateLimited> {
        let policy = self.inner.policy(self.limited);
        policy.attempt(&self.owners, self.inner.clock.now(), charges)
    }
}

impl Attempt {
    /// Charges the attempt to every budget that applies: to those of all nodes, and to those of this node, which decide
    /// while the others cannot be used.
    ///
    /// # Errors
    /// Another attempt has exhausted a budget in the meantime, or `coordination.strict` demands a server that cannot be
    /// used. Nothing is charged then.
    pub async fn charge(self) -> Result<Receipt, LimitError> {
        let Some(attempt) = self.0 else {
            return Ok(Receipt(None));
        };
        let shared = attempt.ask_all_nodes(true).await?;
        let mut charges = vec![];
        let outcome = attempt.attempt_here(Some(&mut charges));
        let paid = PaidAttempt {
            attempt,
            charges,
            shared,
        };
        match outcome {
            Err(refused) if paid.shared.is_none() => {
                paid.refund_here();
                Err(refused.into())
            }
            Ok(()) | Err(_) => Ok(Receipt(Some(paid))),
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
    /// The charges on the server. `None` if only the budgets of this node decided.
    shared: Option<Vec<SharedCharge>>,
}

impl PaidAttempt {
    /// Refunds the charges of this node. Returns the attempt and the charges on the server.
    fn refund_here(self) -> (AdmittedAttempt, Option<Vec<SharedCharge>>) {
        let now = self.attempt.inner.clock.now();
        for charge in self.charges {
            charge.refund(now);
        }
        (self.attempt, self.shared)
    }
}

impl Receipt {
    /// Leaves the attempt charged. Dropping the receipt, as when the client disconnects, does the same.
    pub fn keep(self) {
        drop(self);
    }

    /// Refunds exactly these charges, because the service failed.
    pub async fn give_back(self) {
        if let Some(paid) = self.0
            && let (attempt, Some(charges)) = paid.refund_here()
            && let Some(shared) = attempt.shared
        {
            Box::pin(shared.refund(charges)).await;
        }
    }

    /// Refunds the charges if the service failed, and leaves them otherwise.
    pub async fn settle(self, has_service_failed: bool) {
        if has_service_failed {
            self.give_back().await;
        } else {
            self.keep();
        }
    }

    /// Fills the budget of the network for the email, because the right password was presented and this
    /// budget only counts guesses. The other budgets stay charged.
    pub async fn forgive(self) {
        if let Some(PaidAttempt { attempt, .. }) = self.0
            && let Some(pair) = attempt.owners.pair
        {
            attempt.inner.policy(attempt.limited).refill_pair(pair);
            if let Some(shared) = &attempt.shared {
                Box::pin(shared.refill_pair()).await;
            }
        }
    }
}
