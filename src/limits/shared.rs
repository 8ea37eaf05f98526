//! The budgets of an attempt on the server that all nodes share.

use std::time::Duration;

use super::{
    BudgetScope, ChargedCaller, LimitError, LimitedAction, LimitsInner, receipt::AdmittedAttempt,
};
use crate::{
    coordination::{BudgetRole, Coordination, NameKey, SharedCharge, SharedEntry, SharedOutcome},
    identity::EmailAddress,
};

/// The budgets of one attempt on the server.
#[derive(Debug)]
pub(super) struct SharedAttempt {
    coordination: Coordination,
    entries: Vec<SharedEntry>,
    /// The keys of the budgets of the network for the email.
    pairs: Vec<String>,
}

impl LimitsInner {
    /// Returns the budgets of an attempt on the server. `None` if nodes do not coordinate.
    pub(super) fn shared_attempt(
        &self,
        limited: LimitedAction,
        caller: ChargedCaller<'_>,
    ) -> Option<SharedAttempt> {
        let names = self.names()?;
        let owners = Self::owners(names.hmac_key(), caller);
        let mut pairs = vec![];
        let budgets = self.policy(limited).budgets().enumerate();
        let entries = budgets.map(|(index, (role, budget))| {
            let owner = owners.key(budget.scope);
            let key = owner.map(|owner| {
                let position = (budget.limited.as_str(), index);
                budget.shared_key(&names, position, &owner)
            });
            if budget.scope == BudgetScope::Pair {
                pairs.extend(key.clone());
            }
            budget.shared_entry(role, key)
        });
        Some(SharedAttempt {
            entries: entries.collect(),
            coordination: self.coordination.clone(),
            pairs,
        })
    }

    /// Returns whether a notice of that kind may be sent to the email, by the budget of all nodes. `None` if only that
    /// of this node is known.
    pub(super) async fn may_notify_anywhere(
        &self,
        kind: &str,
        email: &EmailAddress,
    ) -> Option<bool> {
        let names = self.names()?;
        let owner = Self::owner_key(names.hmac_key(), Some(kind), Some(email.as_str()));
        let key = self.notices.shared_key(&names, ("notice", 0), &owner);
        let entries = [self.notices.shared_entry(BudgetRole::Required, Some(key))];
        let outcome = Box::pin(self.coordination.attempt(&entries, true)).await;
        Some(matches!(outcome.ok()?, SharedOutcome::Allowed(_)))
    }

    fn names(&self) -> Option<NameKey> {
        self.coordination.budget_names(self.clock.time())
    }
}

impl AdmittedAttempt {
    /// Asks the server whether all budgets allow the attempt, and charges them if `is_charged`. Returns the charges, or
    /// `None` if the budgets of this node decide.
    ///
    /// # Errors
    /// A budget is exhausted. With `coordination.strict`, the server cannot be used.
    pub(super) async fn ask_all_nodes(
        &self,
        is_charged: bool,
    ) -> Result<Option<Vec<SharedCharge>>, LimitError> {
        let Some(shared) = &self.shared else {
            return Ok(None);
        };
        let coordination = &shared.coordination;
        // Boxed, so that nodes without a server do not have the larger future.
        match Box::pin(coordination.attempt(&shared.entries, is_charged)).await {
            Ok(SharedOutcome::Allowed(charges)) => Ok(Some(charges)),
            Ok(SharedOutcome::Exhausted { index, wait }) => {
                let policy = self.inner.policy(self.limited);
                match policy.refusal_at(index, Duration::from_micros(wait)) {
                    Some(refused) => Err(refused.into()),
                    None => Ok(None),
                }
            }
            Err(_) if coordination.is_strict() => Err(LimitError::Unavailable),
            Err(_) => Ok(None),
        }
    }

    /// Refunds charges on the server.
    pub(super) async fn refund_on_all_nodes(&self, charges: Vec<SharedCharge>) {
        if let Some(shared) = &self.shared {
            Box::pin(shared.coordination.refund(charges)).await;
        }
    }

    /// Fills the budgets of the network for the email on the server.
    pub(super) async fn refill_pair_on_all_nodes(&self) {
        if let Some(shared) = &self.shared {
            Box::pin(shared.coordination.refill(&shared.pairs)).await;
        }
    }
}
