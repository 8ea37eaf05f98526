//! The history of a PostgreSQL server.

/// A history of commits, which a primary and its usable replicas share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lineage {
    /// The timeline, if the engine tells it.
    pub(super) timeline: Option<u32>,
    /// The identifier of the cluster and the name of the database.
    pub(super) cluster: String,
}

/// A primary and the history that it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrimaryHistory {
    pub(super) server: String,
    pub(super) lineage: Lineage,
}
