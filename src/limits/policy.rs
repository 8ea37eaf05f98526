//! The budgets of each thing that is limited.

use std::num::NonZeroU32;

use super::{
    Limited, Refused, Whose,
    budget::{Budget, Charge},
    table::Name,
};
use crate::config;

/// The part of its own budget that a network can still spend when everybody's is spent.
const SPARED: u32 = 4;

/// The parts of the capacity: one for each table, and two for each table with entries for pairs of
/// network and address at logins.
pub(super) const SHARES: usize = 16;

/// The budgets of one thing that is limited.
#[derive(Debug)]
pub(super) struct Policy {
    own: Vec<Budget>,
    shared: Vec<Shared>,
}

/// A budget that strangers can spend, and what everybody still has of their own when they did.
#[derive(Debug)]
struct Shared {
    budget: Budget,
    spared: Option<Spared>,
}

/// What everybody still has of their own when a shared budget refuses.
#[derive(Debug)]
enum Spared {
    /// Each attempt is charged, so that only those go on who have done little before.
    Throughout(Budget),
    /// Charged once the shared budget refuses, so that other attempts fill no table with it.
    OnceRefused(Budget),
}

impl Spared {
    const fn budget(&self) -> &Budget {
        match self {
            Self::Throughout(budget) | Self::OnceRefused(budget) => budget,
        }
    }
}

impl Policy {
    pub(super) fn of_logins(settings: &config::Limits) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |whose, rate| Budget::new(Limited::Login, whose, rate, share);
        let pairs = |rate| Budget::new(Limited::Login, Whose::Pair, rate, 2 * share);
        let once = NonZeroU32::MIN;
        let network = settings.login_network;
        let part = NonZeroU32::new(network.count.get() / SPARED).unwrap_or(once);
        let user = Budget::new(
            Limited::Password,
            Whose::User,
            settings.password_user,
            share,
        );
        Self {
            own: vec![
                budget(Whose::Network, network),
                budget(Whose::Site, settings.login_site),
                pairs(settings.login_pair),
                user,
            ],
            shared: vec![
                Shared {
                    budget: budget(Whose::Address, settings.login_address).with_overflow(),
                    spared: Some(Spared::OnceRefused(pairs(
                        settings.login_pair.with_count(once),
                    ))),
                },
                Shared {
                    budget: budget(Whose::Everybody, settings.login_global),
                    spared: Some(Spared::Throughout(budget(
                        Whose::Network,
                        network.with_count(part),
                    ))),
                },
            ],
        }
    }

    pub(super) fn of_mails(settings: &config::Limits) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |whose, rate| Budget::new(Limited::Mail, whose, rate, share);
        let strict = |budget| Shared {
            budget,
            spared: None,
        };
        Self {
            own: vec![
                budget(Whose::Network, settings.mail_network),
                budget(Whose::Site, settings.mail_site),
                budget(Whose::Pair, settings.mail_pair),
            ],
            shared: vec![
                strict(budget(Whose::Address, settings.mail_address).with_overflow()),
                strict(budget(Whose::Everybody, settings.mail_global)),
            ],
        }
    }

    pub(super) fn of_links(settings: &config::Limits) -> Self {
        let share = settings.capacity / SHARES;
        let budget = |whose, rate| Budget::new(Limited::Confirm, whose, rate, share);
        Self {
            own: vec![
                budget(Whose::Network, settings.confirm_network),
                budget(Whose::Site, settings.confirm_site),
            ],
            shared: vec![],
        }
    }

    /// Asks every budget, and charges each one where there is a list for the charges. The charges
    /// before a refusal are in the list.
    pub(super) fn ask(
        &self,
        asking: &Asking,
        now: u64,
        mut charges: Option<&mut Vec<Charge>>,
    ) -> Result<(), Refused> {
        let pays = charges.is_some();
        let mut ask = |budget: &Budget| match asking.name(budget.whose) {
            None => Ok(()),
            Some(name) => budget.ask(name, now, pays).map(|charge| {
                if let Some(charges) = charges.as_deref_mut() {
                    charges.extend(charge);
                }
            }),
        };
        let refused = |budget: &Budget, rate, retry_after| Refused {
            limited: budget.limited,
            whose: budget.whose,
            rate,
            retry_after,
        };
        for own in &self.own {
            ask(own).map_err(|wait| refused(own, own.rate, wait))?;
        }
        for Shared { budget, spared } in &self.shared {
            let asked = ask(budget);
            let spared = match spared {
                Some(Spared::Throughout(spared)) => Some(ask(spared)),
                Some(Spared::OnceRefused(spared)) if asked.is_err() => Some(ask(spared)),
                _ => None,
            };
            let wait = match (asked, spared) {
                (Ok(()), _) | (Err(_), Some(Ok(()))) => continue,
                (Err(wait), None) => wait,
                (Err(wait), Some(Err(other))) => wait.min(other),
            };
            let mut own = self.own.iter();
            let pair = own.find(|own| own.whose == Whose::Pair);
            let rate = pair.map_or(budget.rate, |pair| pair.rate);
            return Err(refused(budget, rate, wait));
        }
        Ok(())
    }

    /// Fills up what a network has for an address, the spared try included.
    pub(super) fn refill_pair(&self, pair: Name) {
        let spared = self.shared.iter().filter_map(|it| it.spared.as_ref());
        let budgets = self.own.iter().chain(spared.map(Spared::budget));
        let of_pair = budgets.filter(|budget| budget.whose == Whose::Pair);
        of_pair.for_each(|budget| budget.refill(pair));
    }
}

/// The names of a caller's budgets. Without the key no name leads back to a caller.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) network: Option<Name>,
    pub(super) site: Option<Name>,
    pub(super) pair: Option<Name>,
    pub(super) user: Option<Name>,
    pub(super) address: Option<Name>,
}

impl Asking {
    /// The name that such a budget knows the caller by, if the caller has one.
    fn name(&self, whose: Whose) -> Option<Name> {
        match whose {
            Whose::Network => self.network,
            Whose::Site => self.site,
            Whose::Pair => self.pair,
            Whose::User => self.user,
            Whose::Address => self.address,
            Whose::Everybody => Some(Name::default()),
        }
    }
}
