//! The budgets of each thing that is limited.

use std::num::NonZeroU32;

use super::{
    BudgetScope, LimitedAction, RateLimited,
    budget::{Budget, Charge},
    table::OwnerKey,
};
use crate::config;

/// The part of its own budget that a network can still spend when everybody's is spent.
const SPARED: u32 = 4;

/// The parts of the capacity: one for each table, and two for each table with entries for pairs of
/// network and address at logins.
pub(super) const SHARES: usize = 16;

/// The budgets of one thing that is limited.
#[derive(Debug)]
pub(super) struct LimitPolicy {
    own: Vec<Budget>,
    shared: Vec<SharedBudget>,
}

/// A budget that strangers can spend, and what everybody still has of their own when they did.
#[derive(Debug)]
struct SharedBudget {
    budget: Budget,
    spared: Option<FallbackBudget>,
}

/// What everybody still has of their own when a shared budget refuses.
#[derive(Debug)]
enum FallbackBudget {
    /// Each attempt is charged, so that only those go on who have done little before.
    Throughout(Budget),
    /// Charged once the shared budget refuses, so that other attempts fill no table with it.
    OnceRefused(Budget),
}

impl FallbackBudget {
    const fn budget(&self) -> &Budget {
        match self {
            Self::Throughout(budget) | Self::OnceRefused(budget) => budget,
        }
    }
}

impl LimitPolicy {
    pub(super) fn of_logins(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |whose, rate| Budget::new(LimitedAction::Login, whose, rate, share);
        let pairs = |rate| Budget::new(LimitedAction::Login, BudgetScope::Pair, rate, 2 * share);
        let once = NonZeroU32::MIN;
        let network = settings.login_network;
        let part = NonZeroU32::new(network.count.get() / SPARED).unwrap_or(once);
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
                    budget: budget(BudgetScope::Address, settings.login_address).with_overflow(),
                    spared: Some(FallbackBudget::OnceRefused(pairs(
                        settings.login_pair.with_count(once),
                    ))),
                },
                SharedBudget {
                    budget: budget(BudgetScope::Everybody, settings.login_global),
                    spared: Some(FallbackBudget::Throughout(budget(
                        BudgetScope::Network,
                        network.with_count(part),
                    ))),
                },
            ],
        }
    }

    pub(super) fn of_mails(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |whose, rate| Budget::new(LimitedAction::Mail, whose, rate, share);
        let strict = |budget| SharedBudget {
            budget,
            spared: None,
        };
        Self {
            own: vec![
                budget(BudgetScope::Network, settings.mail_network),
                budget(BudgetScope::Site, settings.mail_site),
                budget(BudgetScope::Pair, settings.mail_pair),
            ],
            shared: vec![
                strict(budget(BudgetScope::Address, settings.mail_address).with_overflow()),
                strict(budget(BudgetScope::Everybody, settings.mail_global)),
            ],
        }
    }

    pub(super) fn of_links(settings: &config::LimitsConfig) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |whose, rate| Budget::new(LimitedAction::Confirm, whose, rate, share);
        Self {
            own: vec![
                budget(BudgetScope::Network, settings.confirm_network),
                budget(BudgetScope::Site, settings.confirm_site),
            ],
            shared: vec![],
        }
    }

    /// Asks every budget, and charges each one where there is a list for the charges. The charges
    /// before a refusal are in the list.
    pub(super) fn ask(
        &self,
        asking: &BudgetOwners,
        now: u64,
        mut charges: Option<&mut Vec<Charge>>,
    ) -> Result<(), RateLimited> {
        let pays = charges.is_some();
        let mut ask = |budget: &Budget| match asking.name(budget.whose) {
            None => Ok(()),
            Some(name) => budget.ask(name, now, pays).map(|charge| {
                if let Some(charges) = charges.as_deref_mut() {
                    charges.extend(charge);
                }
            }),
        };
        let refused = |budget: &Budget, rate, retry_after| RateLimited {
            limited: budget.limited,
            whose: budget.whose,
            rate,
            retry_after,
        };
        for own in &self.own {
            ask(own).map_err(|wait| refused(own, own.rate, wait))?;
        }
        for SharedBudget { budget, spared } in &self.shared {
            let asked = ask(budget);
            let spared = match spared {
                Some(FallbackBudget::Throughout(spared)) => Some(ask(spared)),
                Some(FallbackBudget::OnceRefused(spared)) if asked.is_err() => Some(ask(spared)),
                _ => None,
            };
            let wait = match (asked, spared) {
                (Ok(()), _) | (Err(_), Some(Ok(()))) => continue,
                (Err(wait), None) => wait,
                (Err(wait), Some(Err(other))) => wait.min(other),
            };
            let mut own = self.own.iter();
            let pair = own.find(|own| own.whose == BudgetScope::Pair);
            let rate = pair.map_or(budget.rate, |pair| pair.rate);
            return Err(refused(budget, rate, wait));
        }
        Ok(())
    }

    /// Fills up what a network has for an address, the spared try included.
    pub(super) fn refill_pair(&self, pair: OwnerKey) {
        let spared = self.shared.iter().filter_map(|it| it.spared.as_ref());
        let budgets = self.own.iter().chain(spared.map(FallbackBudget::budget));
        let of_pair = budgets.filter(|budget| budget.whose == BudgetScope::Pair);
        of_pair.for_each(|budget| budget.refill(pair));
    }
}

/// The names of a caller's budgets. Without the key no name leads back to a caller.
#[derive(Debug)]
pub(super) struct BudgetOwners {
    pub(super) network: Option<OwnerKey>,
    pub(super) site: Option<OwnerKey>,
    pub(super) pair: Option<OwnerKey>,
    pub(super) user: Option<OwnerKey>,
    pub(super) address: Option<OwnerKey>,
}

impl BudgetOwners {
    /// The name that such a budget knows the caller by, if the caller has one.
    fn name(&self, whose: BudgetScope) -> Option<OwnerKey> {
        match whose {
            BudgetScope::Network => self.network,
            BudgetScope::Site => self.site,
            BudgetScope::Pair => self.pair,
            BudgetScope::User => self.user,
            BudgetScope::Address => self.address,
            BudgetScope::Everybody => Some(OwnerKey::default()),
        }
    }
}
