//! Rate limits: how often callers may try what can be guessed or costs something. They are kept in
//! memory, for this process alone, and a restart forgets them.
//!
//! Every attempt is charged to the budgets of the calling network (with its IPv6 site and, where the
//! person is known, the person), and to budgets that it shares with strangers: the address's and
//! everybody's. A network that has exhausted its own budget is refused. An exhausted shared budget
//! holds back only networks that have tried already: the owner of an address gets in, whatever
//! strangers do. Mails are bounded strictly: however many callers ask, a mailbox gets a few, and
//! all mailboxes together get some.
//!
//! [`Limits::check`] comes first and costs nothing. The service then admits the request, and
//! [`Attempt::charge`] charges it and returns a [`Receipt`], by which exactly that can be given back.

mod budget;
mod forward_clock;
mod policy;
mod receipt;
mod table;

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::hmac::{self, HMAC_SHA256};

pub use self::receipt::{Attempt, Receipt};
use self::{
    budget::Budget,
    forward_clock::ForwardClock,
    policy::{BudgetOwners, LimitPolicy, SHARES},
    receipt::AdmittedAttempt,
    table::OwnerKey,
};
use crate::{
    clock::Clock,
    config::{self, Rate},
    entropy::{Entropy, EntropyError},
    identity::{EmailAddress, UserId},
    network::Network,
};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedAction {
    /// Checking or setting a password.
    Login,
    /// Having something mailed, whatever route it is asked of.
    Mail,
    /// Opening a mailed link, or a login by a provider that fails.
    Confirm,
    /// Checking or setting the password of a person who is known already.
    Password,
}

impl LimitedAction {
    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Mail => "mail",
            Self::Confirm => "confirm",
            Self::Password => "password",
        }
    }
}

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetScope {
    /// The network's, whatever address.
    Network,
    /// The IPv6 site's, whatever network of it.
    Site,
    /// The network's for that address.
    Pair,
    /// The person's, whatever network.
    User,
    /// The address's, whatever network.
    Address,
    /// Everybody's.
    Everybody,
}

impl fmt::Display for BudgetScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "network",
            Self::Site => "site",
            Self::Pair => "pair",
            Self::User => "user",
            Self::Address => "address",
            Self::Everybody => "everybody",
        })
    }
}

/// Why something may not be tried now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimited {
    /// What.
    pub limited: LimitedAction,
    /// Whose budget is spent.
    pub whose: BudgetScope,
    /// What the network itself may do in so long. What others have left is not for telling.
    pub rate: Rate,
    /// When to try again.
    pub retry_after: Duration,
}

/// The caller whom an attempt is charged to.
#[derive(Debug, Clone, Copy)]
pub struct ChargedCaller<'a> {
    network: Network,
    email: Option<&'a EmailAddress>,
    user: Option<UserId>,
    has_link: bool,
}

impl<'a> ChargedCaller<'a> {
    /// A caller of whom nothing but the network is known.
    pub fn at(network: Network) -> Self {
        Self {
            network,
            email: None,
            user: None,
            has_link: false,
        }
    }

    /// The caller names this address.
    #[must_use]
    pub fn naming(self, email: &'a EmailAddress) -> Self {
        Self {
            email: Some(email),
            ..self
        }
    }

    /// The caller acts for this person by a session.
    #[must_use]
    pub fn acting_for(self, user: UserId) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// The caller acts for this person by a mailed link. The budget is not the one of sessions, so that
    /// the thief of a session cannot keep the owner from a reset.
    #[must_use]
    pub fn with_link_of(self, user: UserId) -> Self {
        Self {
            user: Some(user),
            has_link: true,
            ..self
        }
    }
}

/// A cheap handle on all budgets.
#[derive(Debug, Clone)]
pub struct Limits(Option<Arc<LimitsInner>>);

#[derive(Debug)]
struct LimitsInner {
    /// Addresses are not kept: only what this key makes of them, which is made for this process.
    key: hmac::Key,
    watch: ForwardClock,
    login: LimitPolicy,
    mail: LimitPolicy,
    confirm: LimitPolicy,
    notices: Budget,
}

impl Limits {
    /// Budgets as configured, all of them full.
    pub fn new(
        settings: &config::LimitsConfig,
        clock: Clock,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        if !settings.enabled {
            return Ok(Self::none());
        }
        Ok(Self(Some(Arc::new(LimitsInner {
            key: hmac::Key::new(HMAC_SHA256, &entropy.bytes::<32>()?),
            watch: ForwardClock::new(clock),
            login: LimitPolicy::of_logins(settings),
            mail: LimitPolicy::of_mails(settings),
            confirm: LimitPolicy::of_links(settings),
            notices: Budget::new(
                LimitedAction::Mail,
                BudgetScope::Address,
                settings.mail_address,
                settings.capacity / SHARES,
            ),
        }))))
    }

    /// No limits at all, as on the command line.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Looks whether every budget allows one more attempt, and charges nothing. The answer is the
    /// same whether the address has a user or not.
    ///
    /// A network that may be a proxy has no budgets of its own, because nothing tells those behind
    /// it apart.
    ///
    /// # Errors
    /// A budget is exhausted.
    pub fn check(
        &self,
        limited: LimitedAction,
        caller: ChargedCaller<'_>,
    ) -> Result<Attempt, RateLimited> {
        let Some(inner) = &self.0 else {
            return Ok(Attempt(None));
        };
        let asking = inner.asking(caller);
        let policy = inner.policy(limited);
        policy.ask(&asking, inner.watch.now(), None)?;
        Ok(Attempt(Some(AdmittedAttempt {
            inner: inner.clone(),
            limited,
            asking,
        })))
    }

    /// Looks and charges at once, where no other part of the service has to admit the request.
    ///
    /// # Errors
    /// A budget is exhausted. Then nothing is charged.
    pub fn charge(
        &self,
        limited: LimitedAction,
        caller: ChargedCaller<'_>,
    ) -> Result<Receipt, RateLimited> {
        self.check(limited, caller)?.charge()
    }

    /// Whether somebody may be told once more what was done, by a notice of that kind: as often as a
    /// mailbox gets mails, whatever it was asked for. Other notices do not use it up.
    pub fn may_tell(&self, kind: &str, email: &EmailAddress) -> bool {
        self.0.as_ref().is_none_or(|inner| {
            let name = inner.name(Some(kind), Some(email.as_str()));
            inner.notices.ask(name, inner.watch.now(), true).is_ok()
        })
    }
}

impl LimitsInner {
    fn policy(&self, limited: LimitedAction) -> &LimitPolicy {
        match limited {
            LimitedAction::Login | LimitedAction::Password => &self.login,
            LimitedAction::Mail => &self.mail,
            LimitedAction::Confirm => &self.confirm,
        }
    }

    fn asking(&self, caller: ChargedCaller<'_>) -> BudgetOwners {
        let ChargedCaller {
            network,
            email,
            user,
            has_link,
        } = caller;
        let own = (!network.may_be_shared()).then_some(network);
        let site = own.map(Network::site).filter(|site| site.has_networks());
        let network = own.map(|network| network.to_string());
        let network = network.as_deref();
        let email = email.map(EmailAddress::as_str);
        BudgetOwners {
            network: network.map(|network| self.name(Some(network), None)),
            site: site.map(|site| self.name(Some(&site.to_string()), None)),
            pair: network
                .and(email)
                .map(|email| self.name(network, Some(email))),
            user: user.map(|user| self.name(Some(&user.to_string()), has_link.then_some("link"))),
            address: email.map(|email| self.name(None, Some(email))),
        }
    }

    /// The name of a network, a site, a person or a kind of notice, with or without an address.
    fn name(&self, whence: Option<&str>, email: Option<&str>) -> OwnerKey {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(whence.unwrap_or_default().as_bytes());
        context.update(b"\0");
        context.update(email.unwrap_or_default().as_bytes());
        let mut name = OwnerKey::default();
        name.iter_mut()
            .zip(context.sign().as_ref())
            .for_each(|(to, from)| *to = *from);
        name
    }
}

#[cfg(test)]
mod tests;
