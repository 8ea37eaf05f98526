//! Rate limits for actions that can be used for guessing or that are costly. They are kept in the memory of
//! this process, and a restart forgets them. Nodes that coordinate have common budgets on a server as well, which
//! decide while the server can be used.
//!
//! Every attempt is charged to the budgets of the calling network (and of its IPv6 site and, if known, of
//! the user) and to budgets that all networks share: the one of the email and the global one. A network
//! that has exhausted its own budget is refused. An exhausted shared budget refuses only networks that have
//! tried before, so the owner of an email can log in whatever other networks do. Mails are limited
//! strictly: each email and all emails together receive a limited number, however many callers request
//! them.
//!
//! [`Limits::check`] comes first and charges nothing. Once the service has admitted the request,
//! [`Attempt::charge`] charges it and returns a [`Receipt`], which can refund exactly these charges.

mod budget;
mod forward_clock;
mod owners;
mod policy;
mod receipt;
mod shared;
mod table;

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::hmac::{self, HMAC_SHA256};

pub use self::receipt::{Attempt, Receipt};
use self::{
    budget::Budget,
    forward_clock::ForwardClock,
    owners::BudgetOwners,
    policy::{LimitPolicy, SHARES},
    receipt::AdmittedAttempt,
};
use crate::{
    clock::Clock,
    config::{self, Rate},
    coordination::Coordination,
    entropy::{Entropy, EntropyError},
    identity::{EmailAddress, UserId},
    network::Network,
};

/// The rate-limited actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedAction {
    /// Checking or setting a password.
    Login,
    /// Requesting a mail, by any route.
    Mail,
    /// Opening a mailed link, or a failed login by a provider.
    Confirm,
    /// Checking or setting the password of a user who is already identified.
    Password,
    /// Authenticating a client.
    Client,
    /// Trying a one-time code or a recovery code.
    SecondFactor,
}

impl LimitedAction {
    /// Returns the name of the action in responses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Mail => "mail",
            Self::Confirm => "confirm",
            Self::Password => "password",
            Self::Client => "client",
            Self::SecondFactor => "second_factor",
        }
    }
}

/// The scope of a budget: the callers and targets that share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetScope {
    /// The network, with any email.
    Network,
    /// The IPv6 site, with any of its networks.
    Site,
    /// The network together with the email.
    Pair,
    /// The user, from any network.
    User,
    /// The email, from any network.
    Email,
    /// All callers.
    Global,
}

impl fmt::Display for BudgetScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "network",
            Self::Site => "site",
            Self::Pair => "pair",
            Self::User => "user",
            Self::Email => "address",
            Self::Global => "everybody",
        })
    }
}

/// An attempt is refused by a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimited {
    /// The limited action.
    pub limited: LimitedAction,
    /// The scope of the exhausted budget.
    pub scope: BudgetScope,
    /// The rate of the network itself. The state of shared budgets is not disclosed.
    pub rate: Rate,
    /// The time after which another attempt is allowed.
    pub retry_after: Duration,
}

/// An attempt cannot be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitError {
    /// A budget is exhausted.
    Reached(RateLimited),
    /// The budgets of all nodes cannot be used, and `coordination.strict` demands them. A fault of the service.
    Unavailable,
}

impl From<RateLimited> for LimitError {
    fn from(refused: RateLimited) -> Self {
        Self::Reached(refused)
    }
}

/// The caller that an attempt is charged to.
#[derive(Debug, Clone, Copy)]
pub struct ChargedCaller<'a> {
    network: Network,
    email: Option<&'a EmailAddress>,
    user: Option<UserId>,
    has_link: bool,
    client_id: Option<&'a str>,
}

impl<'a> ChargedCaller<'a> {
    /// Creates a caller that is known by network only.
    pub fn at(network: Network) -> Self {
        Self {
            network,
            email: None,
            user: None,
            has_link: false,
            client_id: None,
        }
    }

    /// Returns the network of the caller.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Sets the email that the request names.
    #[must_use]
    pub fn naming(self, email: &'a EmailAddress) -> Self {
        Self {
            email: Some(email),
            ..self
        }
    }

    /// Sets the user of the caller's session.
    #[must_use]
    pub fn acting_for(self, user: UserId) -> Self {
        Self {
            user: Some(user),
            ..self
        }
    }

    /// Sets the client that the caller authenticates as. The budgets of the network and of its site are then those
    /// for this client alone, so one client cannot exhaust those of another client behind the same NAT.
    #[must_use]
    pub fn authenticating_as(self, client_id: &'a str) -> Self {
        Self {
            client_id: Some(client_id),
            ..self
        }
    }

    /// Sets the user of the caller's mailed link. This budget is separate from the one of sessions, so the
    /// thief of a session cannot keep the owner from resetting the password.
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
    /// A random key of this process. Emails are not stored, only keyed hashes of them.
    key: hmac::Key,
    clock: ForwardClock,
    login: LimitPolicy,
    mail: LimitPolicy,
    confirm: LimitPolicy,
    client: LimitPolicy,
    second_factor: LimitPolicy,
    notices: Budget,
    coordination: Coordination,
}

impl Limits {
    /// Creates the configured budgets, all of them full at this node.
    pub fn new(
        settings: &config::LimitsConfig,
        clock: Clock,
        entropy: &Entropy,
        coordination: Coordination,
    ) -> Result<Self, EntropyError> {
        if !settings.enabled {
            return Ok(Self::none());
        }
        Ok(Self(Some(Arc::new(LimitsInner {
            key: hmac::Key::new(HMAC_SHA256, &entropy.bytes::<32>()?),
            clock: ForwardClock::new(clock),
            login: LimitPolicy::of_logins(settings),
            mail: LimitPolicy::of_mails(settings),
            confirm: LimitPolicy::of_links(settings),
            client: LimitPolicy::of_clients(settings),
            second_factor: LimitPolicy::of_second_factors(settings),
            notices: Budget::new(
                LimitedAction::Mail,
                BudgetScope::Email,
                settings.mail_address,
                settings.capacity / SHARES,
            ),
            coordination,
        }))))
    }

    /// Returns limits that allow everything, as on the command line.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Checks that every budget allows one more attempt, and charges nothing. The result is the same
    /// whether or not the email belongs to a user.
    ///
    /// A network that may be a proxy has no budgets of [`BudgetScope::Network`], [`BudgetScope::Site`] and
    /// [`BudgetScope::Pair`], because the clients behind it cannot be distinguished.
    ///
    /// # Errors
    /// A budget is exhausted, or `coordination.strict` demands a server that cannot be used.
    pub async fn check(
        &self,
        limited: LimitedAction,
        caller: ChargedCaller<'_>,
    ) -> Result<Attempt, LimitError> {
        let Some(attempt) = self.attempt(limited, caller) else {
            return Ok(Attempt(None));
        };
        if attempt.ask_all_nodes(false).await?.is_none() {
            attempt.attempt_here(None)?;
        }
        Ok(Attempt(Some(attempt)))
    }

    /// Checks and charges an attempt, if no other part of the service has to admit the request.
    ///
    /// # Errors
    /// A budget is exhausted, or `coordination.strict` demands a server that cannot be used. Nothing is charged then.
    pub async fn charge(
        &self,
        limited: LimitedAction,
        caller: ChargedCaller<'_>,
    ) -> Result<Receipt, LimitError> {
        let attempt = self.attempt(limited, caller);
        if let Some(alone) = attempt.as_ref().filter(|it| it.shared.is_none()) {
            alone.attempt_here(None)?;
        }
        // The server checks and charges all budgets at once.
        Attempt(attempt).charge().await
    }

    /// Returns true if another notice of that kind may be sent to the email. Notices of one kind have the
    /// rate of mails to an email. They do not use up the budget of requested mails or of other kinds.
    pub async fn may_notify(&self, kind: &str, email: &EmailAddress) -> bool {
        let Some(inner) = &self.0 else {
            return true;
        };
        let anywhere = inner.may_notify_anywhere(kind, email).await;
        let owner_key = owners::owner_key(&inner.key, Some(kind), Some(email.as_str()));
        let here = inner.notices.attempt(owner_key, inner.clock.now(), true);
        anywhere.unwrap_or(here.is_ok())
    }

    fn attempt(
        &self,
        limited: LimitedAction,
        caller: ChargedCaller<'_>,
    ) -> Option<AdmittedAttempt> {
        let inner = self.0.as_ref()?;
        Some(AdmittedAttempt {
            inner: inner.clone(),
            limited,
            owners: BudgetOwners::of(caller, &inner.key),
            shared: inner.shared_attempt(limited, caller),
        })
    }
}

impl LimitsInner {
    fn policy(&self, limited: LimitedAction) -> &LimitPolicy {
        match limited {
            LimitedAction::Login | LimitedAction::Password => &self.login,
            LimitedAction::Mail => &self.mail,
            LimitedAction::Confirm => &self.confirm,
            LimitedAction::Client => &self.client,
            LimitedAction::SecondFactor => &self.second_factor,
        }
    }
}

#[cfg(test)]
mod tests;
