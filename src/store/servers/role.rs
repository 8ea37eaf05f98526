//! The role of a PostgreSQL server.

use std::sync::atomic::{AtomicU8, Ordering};

/// The role of a PostgreSQL server, as it was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerRole {
    /// Not asked yet, or lost a moment ago.
    Unknown,
    /// It accepts writes.
    Primary,
    /// It accepts reads only.
    Replica,
    /// It does not answer, or it is a former primary that still accepts writes and is never used.
    Unreachable,
}

impl ServerRole {
    /// The roles that are reported.
    pub const REPORTED: [Self; 3] = [Self::Primary, Self::Replica, Self::Unreachable];

    /// Returns the name in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A role that several tasks read and one replaces.
#[derive(Debug)]
pub(super) struct SharedRole(AtomicU8);

impl SharedRole {
    const ALL: [ServerRole; 4] = [
        ServerRole::Unknown,
        ServerRole::Primary,
        ServerRole::Replica,
        ServerRole::Unreachable,
    ];

    pub(super) const fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    pub(super) fn get(&self) -> ServerRole {
        let index = usize::from(self.0.load(Ordering::Relaxed));
        Self::ALL.get(index).copied().unwrap_or(ServerRole::Unknown)
    }

    /// Sets the role. Returns the previous one.
    pub(super) fn replace(&self, role: ServerRole) -> ServerRole {
        let before = self.get();
        self.0.store(role as u8, Ordering::Relaxed);
        before
    }
}
