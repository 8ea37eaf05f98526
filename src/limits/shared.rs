//! The budgets of an attempt on the server that all nodes share.

use std::{iter, time::Duration};

use super::{
    BudgetScope, ChargedCaller, LimitError, LimitedAction, LimitsInner, RateLimited,
    budget::Budget,
    owners::{BudgetOwners, owner_key},
    policy::{LimitPolicy, refusal},
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
        let owners = BudgetOwners::of(caller, names.hmac_key());
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
        let owner = owner_key(names.hmac_key(), Some(kind), Some(email.as_str()));
        let key = self.notices.shared_key(&names, ("notice", 0), &owner);
        let entries = [self.notices.shared_entry(BudgetRole::Required, Some(key))];
        let outcome = Box::pin(self.coordination.attempt(&entries, true)).await;
        Some(matches!(outcome.ok()?, SharedOutcome::Allowed(_)))
    }

    fn names(&self) -> Option<NameKey> {
        self.coordination.budget_names(self.clock.time())
    }
}

impl LimitPolicy {
    /// Returns all budgets in the order in which an attempt uses them. A fallback follows its budget.
    pub(super) fn budgets(&self) -> impl Iterator<Item = (BudgetRole, &Budget)> {
        let required = |budget| (BudgetRole::Required, budget);
        let shared = self.shared.iter().flat_map(move |shared| {
            let fallback = shared.fallback.iter().map(|it| (it.role(), it.budget()));
            iter::once(required(&shared.budget)).chain(fallback)
        });
        self.own.iter().map(required).chain(shared)
    }

    /// Returns the refusal by the budget with this index in [`Self::budgets`].
    pub(super) fn refusal_at(&self, index: usize, retry_after: Duration) -> Option<RateLimited> {
        if let Some(own) = self.own.get(index) {
            return Some(refusal(own, own.rate, retry_after));
        }
        let (_, shared) = self.budgets().nth(index)?;
        Some(refusal(shared, self.disclosed_rate(shared), retry_after))
    }
}

impl SharedAttempt {
    /// Asks the server whether all budgets allow the attempt, and charges them if `is_charged`. Returns the charges, or
    /// `None` if the budgets of this node decide.
    ///
    /// # Errors
    /// A budget of `policy` is exhausted. With `coordination.strict`, the server cannot be used.
    pub(super) async fn ask(
        &self,
        policy: &LimitPolicy,
        is_charged: bool,
    ) -> Result<Option<Vec<SharedCharge>>, LimitError> {
        match self.coordination.attempt(&self.entries, is_charged).await {
            Ok(SharedOutcome::Allowed(charges)) => Ok(Some(charges)),
            Ok(SharedOutcome::Exhausted { index, wait }) => {
                match policy.refusal_at(index, Duration::from_micros(wait)) {
                    Some(refused) => Err(refused.into()),
                    None => Ok(None),
                }
            }
            Err(_) if self.coordination.is_strict() => Err(LimitError::Unavailable),
            Err(_) => Ok(None),
        }
    }

    /// Refunds charges.
    pub(super) async fn refund(&self, charges: Vec<SharedCharge>) {
        self.coordination.refund(charges).await;
    }

    /// Fills the budgets of the network for the email.
    pub(super) async fn refill_pair(&self) {
        self.coordination.refill(&self.pairs).await;
    }
}
