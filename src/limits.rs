//! Limits: how often what can be guessed, or costs something, may be tried. In memory alone, so
//! for this process alone, and forgotten when it ends.
//!
//! An attempt is paid from budgets of the network's own, and from budgets that it shares with
//! strangers: the address's and everybody's. Who has spent the own is refused. A shared one that is
//! spent holds back only those who have tried already: the owner of an address gets in, whatever
//! strangers do. Mails are another matter: however many ask, a mailbox gets a few, and all get some.

mod budget;
mod table;
mod watch;

use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

use aws_lc_rs::hmac::{self, HMAC_SHA256};

use self::{
    budget::Budget,
    table::{Name, Table},
    watch::Watch,
};
use crate::{
    clock::Clock,
    config::{self, Rate},
    entropy::{Entropy, Unavailable},
    identity::EmailAddress,
    network::Network,
};

/// The part of its own budget that a network can still spend when everybody's is spent.
const SPARED: u32 = 4;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// Trying a password.
    Login,
    /// Having something mailed, whatever route it is asked of.
    Mail,
    /// Opening a mailed link, which may hash a password.
    Confirm,
}

impl Limited {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Mail => "mail",
            Self::Confirm => "confirm",
        }
    }
}

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The network's, whatever address.
    Network,
    /// The network's for that address.
    Pair,
    /// The address's, whatever network.
    Address,
    /// Everybody's.
    Everybody,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "network",
            Self::Pair => "pair",
            Self::Address => "address",
            Self::Everybody => "everybody",
        })
    }
}

/// Why something may not be tried now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// What.
    pub limited: Limited,
    /// Whose budget is spent.
    pub whose: Whose,
    /// What the network itself may do in so long. What others have left is not for telling.
    pub rate: Rate,
    /// When to try again.
    pub retry_after: Duration,
}

/// A cheap handle on all budgets.
#[derive(Debug, Clone)]
pub struct Limits(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    /// Addresses are not kept: only what this key makes of them, which is made for this process.
    key: hmac::Key,
    login: Policy,
    mail: Policy,
    confirm: Policy,
    notices: Budget,
}

/// The budgets of one thing that is limited.
#[derive(Debug)]
struct Policy {
    own: Vec<Budget>,
    shared: Vec<Shared>,
}

/// A budget that strangers can spend, and what everybody still has of their own when they did.
#[derive(Debug)]
struct Shared {
    budget: Budget,
    spared: Option<Budget>,
}

impl Limits {
    /// Budgets as configured, all of them full.
    pub fn new(
        settings: &config::Limits,
        clock: Clock,
        entropy: &Entropy,
    ) -> Result<Self, Unavailable> {
        if !settings.enabled {
            return Ok(Self(None));
        }
        let watch = Watch::new(clock);
        let table = Table::new(settings.capacity);
        let budget = |whose, rate| Budget::new(whose, rate, &table, &watch);
        // Entries of others must not push this one out.
        let everybody = |rate| Budget::new(Whose::Everybody, rate, &Table::new(1), &watch);
        let strict = |budget| Shared {
            budget,
            spared: None,
        };

        let once = NonZeroU32::MIN;
        let once_a_window = settings.login_pair.with_count(once);
        let network = settings.login_network;
        let part = NonZeroU32::new(network.count.get() / SPARED).unwrap_or(once);
        let login = Policy {
            own: vec![
                budget(Whose::Network, network),
                budget(Whose::Pair, settings.login_pair),
            ],
            shared: vec![
                Shared {
                    budget: budget(Whose::Address, settings.login_address),
                    spared: Some(budget(Whose::Pair, once_a_window)),
                },
                Shared {
                    budget: everybody(settings.login_global),
                    spared: Some(budget(Whose::Network, network.with_count(part))),
                },
            ],
        };
        let mail = Policy {
            own: vec![
                budget(Whose::Network, settings.mail_network),
                budget(Whose::Pair, settings.mail_pair),
            ],
            shared: vec![
                strict(budget(Whose::Address, settings.mail_address)),
                strict(everybody(settings.mail_global)),
            ],
        };
        let confirm = Policy {
            own: vec![budget(Whose::Network, settings.confirm_network)],
            shared: vec![],
        };
        Ok(Self(Some(Arc::new(Inner {
            key: hmac::Key::new(HMAC_SHA256, &entropy.bytes::<32>()?),
            login,
            mail,
            confirm,
            notices: budget(Whose::Address, settings.mail_address),
        }))))
    }

    /// Pays for one attempt, or says why not. The same whether the address has a user or not.
    ///
    /// A network that may be a proxy has no budgets of its own, because nothing tells those behind
    /// it apart.
    pub fn check(
        &self,
        limited: Limited,
        network: Network,
        email: Option<&EmailAddress>,
    ) -> Result<(), Refused> {
        let Some(inner) = &self.0 else {
            return Ok(());
        };
        let policy = inner.policy(limited);
        let asking = inner.asking(network, email);
        // First a look, then the payment: an attempt that one budget refuses costs the others
        // nothing. Of two at once both may look first; then one of them pays for nothing.
        for pays in [false, true] {
            let paid = policy.pay(&asking, pays);
            paid.map_err(|(whose, rate, retry_after)| Refused {
                limited,
                whose,
                rate,
                retry_after,
            })?;
        }
        Ok(())
    }

    /// Whether somebody may be told once more what was done, by a notice of that kind: as often as a
    /// mailbox gets mails, whatever it was asked for. Other notices do not use it up.
    pub fn may_tell(&self, kind: &str, email: &EmailAddress) -> bool {
        self.0.as_ref().is_none_or(|inner| {
            let name = inner.name(Some(kind), Some(email.as_str()));
            inner.notices.spend(name, true).is_ok()
        })
    }

    /// Gives back what an attempt has cost that failed by no fault of whoever made it.
    pub fn give_back(&self, limited: Limited, network: Network, email: Option<&EmailAddress>) {
        let Some(inner) = &self.0 else {
            return;
        };
        let asking = inner.asking(network, email);
        let Policy { own, shared } = inner.policy(limited);
        let shared = shared
            .iter()
            .flat_map(|it| [Some(&it.budget), it.spared.as_ref()]);
        for budget in own.iter().chain(shared.flatten()) {
            if let Some(name) = asking.name(budget) {
                budget.give_back(name);
            }
        }
    }

    /// Gives a network back all that it has for an address, once it has shown that it knows the
    /// password: what counts are guesses.
    pub fn forgive(&self, network: Network, email: &EmailAddress) {
        let Some(inner) = &self.0 else {
            return;
        };
        let Policy { own, shared } = &inner.login;
        let spared = shared.iter().filter_map(|shared| shared.spared.as_ref());
        let of_pair = own.iter().chain(spared).filter(|b| b.whose == Whose::Pair);
        if let Some(pair) = inner.asking(network, Some(email)).pair {
            of_pair.for_each(|budget| budget.refill(pair));
        }
    }
}

impl Inner {
    fn policy(&self, limited: Limited) -> &Policy {
        match limited {
            Limited::Login => &self.login,
            Limited::Mail => &self.mail,
            Limited::Confirm => &self.confirm,
        }
    }

    fn asking(&self, network: Network, email: Option<&EmailAddress>) -> Asking {
        let network = (!network.may_be_shared()).then(|| network.to_string());
        let network = network.as_deref();
        let email = email.map(EmailAddress::as_str);
        let name = |network, email| self.name(network, email);
        Asking {
            network: network.map(|network| name(Some(network), None)),
            pair: network.and(email).map(|email| name(network, Some(email))),
            address: email.map(|email| name(None, Some(email))),
        }
    }
}

impl Inner {
    /// What stands for a network, or the kind of a notice, and an address.
    fn name(&self, whence: Option<&str>, email: Option<&str>) -> Name {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(whence.unwrap_or_default().as_bytes());
        context.update(b"\0");
        context.update(email.unwrap_or_default().as_bytes());
        let mut name = Name::default();
        name.iter_mut()
            .zip(context.sign().as_ref())
            .for_each(|(to, from)| *to = *from);
        name
    }
}

/// Who asks, by names that nobody else can make out.
struct Asking {
    network: Option<Name>,
    pair: Option<Name>,
    address: Option<Name>,
}

impl Asking {
    /// Pays from a budget, if whoever asks has one like it.
    fn pay(&self, budget: &Budget, pays: bool) -> Result<(), Duration> {
        self.name(budget)
            .map_or(Ok(()), |name| budget.spend(name, pays))
    }

    fn name(&self, budget: &Budget) -> Option<Name> {
        match budget.whose {
            Whose::Network => self.network,
            Whose::Pair => self.pair,
            Whose::Address => self.address,
            Whose::Everybody => Some(Name::default()),
        }
    }
}

impl Policy {
    fn pay(&self, asking: &Asking, pays: bool) -> Result<(), (Whose, Rate, Duration)> {
        for own in &self.own {
            let paid = asking.pay(own, pays);
            paid.map_err(|wait| (own.whose, own.rate, wait))?;
        }
        for Shared { budget, spared } in &self.shared {
            let spared = spared.as_ref().map(|own| asking.pay(own, pays));
            let wait = match (asking.pay(budget, pays), spared) {
                (Ok(()), _) | (Err(_), Some(Ok(()))) => continue,
                (Err(wait), None) => wait,
                (Err(wait), Some(Err(other))) => wait.min(other),
            };
            let own = self.own.last().map_or(budget.rate, |own| own.rate);
            return Err((budget.whose, own, wait));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
