//! The network between a node and the simulated database.

use std::{fmt::Debug, time::Duration};

/// The server of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedServer {
    /// The server that accepts changes.
    Primary,
    /// A server that has an earlier state of the primary.
    Replica,
}

/// An operation of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedOperation {
    /// A read from this server.
    Read(SimulatedServer),
    /// A change, which only the primary makes.
    Change,
}

/// The moment at which a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedFault {
    /// The operation has no effect.
    BeforeEffect,
    /// The operation has its effect, but the caller gets no answer.
    AfterEffect,
}

/// The course of one operation. The default takes no time and succeeds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationPlan {
    /// The time from the call to the effect.
    pub before: Duration,
    /// The time from the effect to the answer.
    pub after: Duration,
    /// The failure of the connection, after all attempts to repeat the operation.
    pub fault: Option<SimulatedFault>,
}

/// The network between one node and the database: it decides the course of each operation.
pub trait SimulatedNetwork: Debug + Send + Sync {
    /// Returns the course of the next operation. While the primary is down, every operation on it has a fault.
    fn plan(&self, operation: SimulatedOperation) -> OperationPlan;

    /// Returns the lag of the nearest replica now. `None` if no replica answers.
    fn replica_lag(&self) -> Option<Duration> {
        None
    }

    /// Returns the time since the primary last answered this node. `None` while it answers.
    fn primary_lost_for(&self) -> Option<Duration> {
        None
    }
}
