//! The transcript of a world: one line for each event, and the number of events of some kinds.

use std::{cell::RefCell, collections::BTreeMap, fmt};

use tokio::time::Instant;

/// The events that are counted, because worlds without them test nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A person begins to live.
    Birth,
    SignUp,
    /// An acknowledged change of a row.
    Change,
    /// A redeemed authorization code.
    Code,
    Refresh,
    /// A request that is accepted by its proof of a key, beside replays.
    Proof,
    /// A login that is completed by a code of an authenticator app.
    SecondFactor,
    /// A login that is completed by a recovery code.
    RecoveryCode,
    /// A fault of a node or a server.
    Fault,
    /// A request that succeeds at a node without a primary.
    Orphaned,
    /// A promotion of a server that lacks the last commits.
    Promotion,
    /// A lost change of the row of a person.
    LostChange,
}

impl Event {
    pub(super) const ALL: [Self; 12] = [
        Self::Birth,
        Self::SignUp,
        Self::Change,
        Self::Code,
        Self::Refresh,
        Self::Proof,
        Self::SecondFactor,
        Self::RecoveryCode,
        Self::Fault,
        Self::Orphaned,
        Self::Promotion,
        Self::LostChange,
    ];
}

/// The number of events of each kind.
pub(super) type Counts = BTreeMap<Event, u64>;

/// The lines of a world, with the time since its beginning, and its counted events.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    lines: RefCell<Vec<String>>,
    counts: RefCell<Counts>,
}

impl Transcript {
    pub(super) fn note(&self, origin: Instant, event: impl fmt::Display) {
        let millis = origin.elapsed().as_millis();
        let (minutes, seconds, millis) = (millis / 60_000, millis / 1_000 % 60, millis % 1_000);
        let line = format!("{minutes:3}:{seconds:02}.{millis:03} {event}");
        self.lines.borrow_mut().push(line);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }

    pub(super) fn count(&self, event: Event) {
        *self.counts.borrow_mut().entry(event).or_default() += 1;
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts.borrow().clone()
    }
}
