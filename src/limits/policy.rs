//! The budgets of each limited action.

use std::{num::NonZeroU32, time::Duration};

use super::{
    BudgetScope, LimitedAction, RateLimited,
    budget::{Budget, Charge},
    owners::BudgetOwners,
    table::OwnerKey,
};
use crate::{
    config::{self, Rate},
    coordination::BudgetRole,
};

/// The divisor that yields the part of a network's own budget that remains when the global budget is
/// exhausted.
const FALLBACK_DIVISOR: u32 = 4;

/// The number of shares of the capacity: one for each table, and two for each table of pairs of network and
/// email at logins.
pub(super) const SHARES: usize = 20;

/// The budgets of one limited action.
#[derive(Debug)]
pub(super) struct LimitPolicy {
    pub(super) own: Vec<Budget>,
    pub(super) shared: Vec<SharedBudget>,
}

/// A budget that all networks share, and the fallback of each network when the shared budget is exhausted.
#[derive(Debug)]
pub(super) struct SharedBudget {
    pub(super) budget: Budget,
    pub(super) fallback: Option<FallbackBudget>,
}

/// The budget of each network that applies when a shared budget is exhausted.
#[derive(Debug)]
pub(super) enum FallbackBudget {
    /// Every attempt is charged, so only networks with few previous attempts can continue.
    Throughout(Budget),
    /// Attempts are charged only once the shared budget is exhausted, so other attempts do not fill this
    /// table.
    OnceRefused(Budget),
}

impl FallbackBudget {
    pub(super) const fn budget(&self) -> &Budget {
        match self {
            Self::Throughout(budget) | Self::OnceRefused(budget) => budget,
        }
    }

    pub(super) const fn role(&self) -> BudgetRole {
        match self {
            Self::Throughout(_) => BudgetRole::Throughout,
            Self::OnceRefused(_) => BudgetRole::OnceRefused,
        }
    }
}

impl LimitPolicy {
    pub(super) fn of_logins(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |scope, rate| Budget::new(LimitedAction::Login, scope, rate, share);
        let pairs = |rate| Budget::new(LimitedAction::Login, BudgetScope::Pair, rate, 2 * share);
        let once = NonZeroU32::MIN;
        let network = settings.login_network;
        let part = NonZeroU32::new(network.count.get() / FALLBACK_DIVISOR).unwrap_or(once);
        let user = Budget::new(
            LimitedAction::Password,
            BudgetScope::User,
            settings.password_user,
            share,
        );
        Self {
            own: vec![
                budget(BudgetScope::Network, network),
                budget(BudgetScope::Site, settings.login_site),
                pairs(settings.login_pair),
                user,
            ],
            shared: vec![
                SharedBudget {
                    budget: budget(BudgetScope::Email, settings.login_address).with_overflow(),
                    fallback: Some(FallbackBudget::OnceRefused(pairs(
                        settings.login_pair.with_count(once),
                    ))),
                },
                SharedBudget {
                    budget: budget(BudgetScope::Global, settings.login_global),
                    fallback: Some(FallbackBudget::Throughout(budget(
                        BudgetScope::Network,
                        network.with_count(part),
                    ))),
                },
            ],
        }
    }

    pub(super) fn of_mails(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |scope, rate| Budget::new(LimitedAction::Mail, scope, rate, share);
        let strict = |budget| SharedBudget {
            budget,
            fallback: None,
        };
        Self {
            own: vec![
                budget(BudgetScope::Network, settings.mail_network),
                budget(BudgetScope::Site, settings.mail_site),
                budget(BudgetScope::Pair, settings.mail_pair),
            ],
            shared: vec![
                strict(budget(BudgetScope::Email, settings.mail_address).with_overflow()),
                strict(budget(BudgetScope::Global, settings.mail_global)),
            ],
        }
    }

    pub(super) fn of_links(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |scope, rate| Budget::new(LimitedAction::Confirm, scope, rate, share);
        Self {
            own: vec![
                budget(BudgetScope::Network, settings.confirm_network),
                budget(BudgetScope::Site, settings.confirm_site),
            ],
            shared: vec![],
        }
    }

    /// The budgets of failed client authentication. Their owners are a network or site together with a configured
    /// client.
    pub(super) fn of_clients(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |scope, rate| Budget::new(LimitedAction::Client, scope, rate, share);
        Self {
            own: vec![
                budget(BudgetScope::Network, settings.client_network),
                budget(BudgetScope::Site, settings.client_site),
            ],
            shared: vec![],
        }
    }

    /// The budgets of wrong codes, by user: of minutes and of a day. Users that find no place share one budget, so guesses
    /// stay bounded.
    pub(super) fn of_second_factors(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let user = |rate| {
            let limited = LimitedAction::SecondFactor;
            Budget::new(limited, BudgetScope::User, rate, share).with_overflow()
        };
        Self {
            own: vec![
                user(settings.second_factor),
                user(settings.second_factor_long),
            ],
            shared: vec![],
        }
    }

    /// Checks every budget, and charges each one if `charges` is a list. The list then contains the charges
    /// that were made before a refusal.
    pub(super) fn attempt(
        &self,
        owners: &BudgetOwners,
        now: u64,
        mut charges: Option<&mut Vec<Charge>>,
    ) -> Result<(), RateLimited> {
        let is_charged = charges.is_some();
        let mut attempt = |budget: &Budget| match owners.key(budget.scope) {
            None => Ok(()),
            Some(key) => budget.attempt(key, now, is_charged).map(|charge| {
                if let Some(charges) = charges.as_deref_mut() {
                    charges.extend(charge);
                }
            }),
        };
        for own in &self.own {
            attempt(own).map_err(|wait| refusal(own, own.rate, wait))?;
        }
        for SharedBudget { budget, fallback } in &self.shared {
            let outcome = attempt(budget);
            let fallback = match fallback {
                Some(FallbackBudget::Throughout(fallback)) => Some(attempt(fallback)),
                Some(FallbackBudget::OnceRefused(fallback)) if outcome.is_err() => {
                    Some(attempt(fallback))
                }
                _ => None,
            };
            let wait = match (outcome, fallback) {
                (Ok(()), _) | (Err(_), Some(Ok(()))) => continue,
                (Err(wait), None) => wait,
                (Err(wait), Some(Err(other))) => wait.min(other),
            };
            return Err(refusal(budget, self.disclosed_rate(budget), wait));
        }
        Ok(())
    }

    /// Returns the rate that a refusal by a shared budget discloses: that of the network itself.
    pub(super) fn disclosed_rate(&self, shared: &Budget) -> Rate {
        let mut own = self.own.iter();
        let pair = own.find(|own| own.scope == BudgetScope::Pair);
        pair.map_or(shared.rate, |pair| pair.rate)
    }

    /// Fills the budgets of a network for an email, including the fallback.
    pub(super) fn refill_pair(&self, pair: OwnerKey) {
        let fallback = self.shared.iter().filter_map(|it| it.fallback.as_ref());
        let budgets = self.own.iter().chain(fallback.map(FallbackBudget::budget));
        let of_pair = budgets.filter(|budget| budget.scope == BudgetScope::Pair);
        of_pair.for_each(|budget| budget.refill(pair));
    }
}

pub(super) fn refusal(budget: &Budget, rate: Rate, retry_after: Duration) -> RateLimited {
    RateLimited {
        limited: budget.limited,
        scope: budget.scope,
        rate,
        retry_after,
    }
}
