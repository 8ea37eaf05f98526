//! Optional coordination of several nodes by a Redis or Valkey server: the marks of used single-use tokens and the rate
//! limits become exact over all nodes.
//!
//! The server holds neither users nor sessions nor tokens. A key is a prefix and an HMAC under a key that is derived from
//! the secret of the nodes, and ends with its mark or its window. The memory of each node stays in use, so that a node
//! goes on by itself while the server is down, slow or full.

mod budgets;
mod check;
mod fault;
mod health;
mod key_names;
mod link;
mod marks;
mod removal;
mod server;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};

pub(crate) use self::{
    budgets::{BudgetRole, SharedCharge, SharedEntry, SharedOutcome},
    health::CoordinationFailure,
    key_names::NameKey,
};
pub use self::{check::CheckedServer, fault::ServerFault, marks::SpentMarks};
use self::{health::Health, key_names::KeyNames, link::ServerLink, server::ServerConnector};
use crate::{
    clock::Clock,
    config::CoordinationConfig,
    connect::TlsError,
    entropy::{Entropy, EntropyError},
    keyring::Keyring,
};

/// A cheap handle on the server that all nodes share, or on none.
#[derive(Clone, Default)]
pub struct Coordination(Option<Arc<CoordinationParts>>);

struct CoordinationParts {
    link: ServerLink,
    names: KeyNames,
    is_strict: bool,
    script_digest: String,
    /// The number of the next entry of a budget.
    next_serial: AtomicU64,
    /// The clock of budgets. `None` for that of the server.
    clock: Option<Clock>,
}

/// Coordination cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum CoordinationError {
    /// The system provides no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// TLS cannot be set up.
    #[error("TLS for the coordination server cannot be set up")]
    Tls(#[from] TlsError),
}

impl Coordination {
    /// Returns a handle on no server: each node goes on by itself.
    pub fn off() -> Self {
        Self::default()
    }

    /// Connects to the configured server in the background, if there is one. The connection ends when all clones are
    /// dropped. Called in a runtime.
    ///
    /// # Errors
    /// The system provides no randomness, or TLS cannot be set up.
    pub fn start(
        config: &CoordinationConfig,
        keyring: Keyring,
        clock: Clock,
        entropy: &Entropy,
    ) -> Result<Self, CoordinationError> {
        let Some(connector) = ServerConnector::new(config)? else {
            return Ok(Self::off());
        };
        let health = Health::new(clock, connector.to_string(), config.strict);
        let process = entropy.identifier()?;
        Ok(Self(Some(Arc::new(CoordinationParts {
            link: ServerLink::open(connector, config.timeout, health, process),
            names: KeyNames::new(keyring, config.prefix.clone()),
            is_strict: config.strict,
            script_digest: budgets::script_digest(),
            next_serial: AtomicU64::new(0),
            clock: None,
        }))))
    }

    /// Times budgets by this clock instead of that of the server, which all nodes share.
    #[must_use]
    pub fn timed_by(mut self, clock: Clock) -> Self {
        if let Some(parts) = self.0.as_mut().and_then(Arc::get_mut) {
            parts.clock = Some(clock);
        }
        self
    }

    /// Returns whether nodes coordinate.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Returns whether requests that need a mark or a limit are refused while the server cannot be used.
    pub fn is_strict(&self) -> bool {
        self.0.as_ref().is_some_and(|parts| parts.is_strict)
    }

    /// Returns whether the server answers.
    pub fn is_up(&self) -> bool {
        self.0.as_ref().is_some_and(|parts| parts.link.is_up())
    }

    /// Returns the number of operations that the server did not perform, by kind.
    pub fn failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let parts = self.0.clone();
        CoordinationFailure::ALL.into_iter().map(move |kind| {
            let count = parts.as_ref().map(|parts| parts.link.health().count(kind));
            (kind.as_str(), count.unwrap_or_default())
        })
    }

    /// Returns the key for the names of budgets at this time. `None` if nodes do not coordinate.
    pub(crate) fn budget_names(&self, now: DateTime<Utc>) -> Option<NameKey> {
        self.0.as_ref()?.names.at(now)
    }

    /// Returns the time of budgets in microseconds, or an empty text for that of the server.
    fn budget_time(&self) -> String {
        let clock = self.parts().and_then(|parts| parts.clock.as_ref());
        clock.map_or_else(String::new, |clock| {
            clock.now().timestamp_micros().to_string()
        })
    }

    fn parts(&self) -> Option<&CoordinationParts> {
        self.0.as_deref()
    }

    /// Returns a serial number that no other entry of a budget has.
    fn serial(&self) -> String {
        self.parts().map_or_else(String::new, |parts| {
            let number = parts.next_serial.fetch_add(1, Ordering::Relaxed);
            format!("{}{number:x}", parts.link.process())
        })
    }
}

impl fmt::Debug for Coordination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coordination")
            .field("is_on", &self.is_on())
            .finish_non_exhaustive()
    }
}
