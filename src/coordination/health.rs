//! Counts and logs the operations that the server did not perform.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{clock::Clock, log_limit::LogLimiter};

/// The reason why the server did not perform an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoordinationFailure {
    /// There is no connection.
    Connect,
    /// No answer came in time. The operation may have been performed.
    Timeout,
    /// The memory of the server is full.
    Full,
    /// The server answered with another error.
    Other,
}

impl CoordinationFailure {
    pub(crate) const ALL: [Self; 4] = [Self::Connect, Self::Timeout, Self::Full, Self::Other];

    /// Returns the label in metrics and in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Full => "full",
            Self::Other => "other",
        }
    }
}

/// The numbers of failures, and when each kind was last logged.
#[derive(Debug)]
pub(super) struct Health {
    counts: [AtomicU64; CoordinationFailure::ALL.len()],
    log: LogLimiter,
    clock: Clock,
    server: String,
    is_strict: bool,
}

impl Health {
    pub(super) fn new(clock: Clock, server: String, is_strict: bool) -> Self {
        Self {
            counts: Default::default(),
            log: LogLimiter::default(),
            clock,
            server,
            is_strict,
        }
    }

    /// Returns the number of failed operations of that kind.
    pub(super) fn count(&self, kind: CoordinationFailure) -> u64 {
        self.counter(kind)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Counts a failed operation, and logs its kind at most once a minute.
    pub(super) fn failed(&self, kind: CoordinationFailure, cause: &str) {
        if let Some(count) = self.counter(kind) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.warn(kind, cause);
    }

    /// Logs that there is no usable connection, at most once a minute.
    pub(super) fn warn(&self, kind: CoordinationFailure, cause: &str) {
        let kind = kind.as_str();
        if !self.log.is_due("coordination", kind, self.clock.now()) {
            return;
        }
        let (server, cause) = (&self.server, cause);
        if self.is_strict {
            tracing::warn!(
                server,
                kind,
                cause,
                "the coordination server cannot be used: requests that need a mark or a limit are answered with 503"
            );
        } else {
            tracing::warn!(
                server,
                kind,
                cause,
                "the coordination server cannot be used: this node goes on by itself"
            );
        }
    }

    /// Logs that the server can be used, at most once a minute.
    pub(super) fn connected(&self) {
        if self.log.is_due("coordination", "up", self.clock.now()) {
            tracing::info!(server = self.server, "the coordination server is in use");
        }
    }

    fn counter(&self, kind: CoordinationFailure) -> Option<&AtomicU64> {
        let index = CoordinationFailure::ALL.iter().position(|it| *it == kind)?;
        self.counts.get(index)
    }
}
