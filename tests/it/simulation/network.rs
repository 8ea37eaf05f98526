//! The network between a node and the database.

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use signet::store::simulated::{
    OperationPlan, SimulatedFault, SimulatedNetwork, SimulatedOperation, SimulatedServer,
};
use tokio::time::Instant;

use super::chance::Chance;

/// The view that one node has of the database.
#[derive(Debug)]
pub(super) struct NodeNetwork {
    chance: Chance,
    /// The operations that fail, in thousand. Half of them have their effect.
    faults: u64,
    /// The operations that take seconds, in thousand.
    slow: u64,
    state: Mutex<NetworkState>,
}

#[derive(Debug)]
struct NetworkState {
    /// The least lag of the replica. `None` if there is no replica.
    lag: Option<Duration>,
    /// The moment since which the replica replays nothing, and the moment at which it has caught up.
    stall: Option<(Instant, Instant)>,
    /// The last time in which the primary could not be reached.
    lost: Option<(Instant, Instant)>,
    /// All faults have ended.
    is_calm: bool,
}

impl NodeNetwork {
    pub(super) fn new(seed: u64, node: usize) -> Self {
        let chance = Chance::new(seed, &format!("network {node}"));
        let lag = chance.hits(700).then(|| chance.millis(0, 9_000));
        Self {
            faults: [0, 5, 30, 100][chance.index(4)],
            slow: [0, 10, 50][chance.index(3)],
            state: Mutex::new(NetworkState {
                lag,
                stall: None,
                lost: None,
                is_calm: false,
            }),
            chance,
        }
    }

    /// The node cannot reach the primary for this time.
    pub(super) fn lose_primary(&self, time: Duration) {
        let mut state = self.lock();
        state.lost = Some(extended(state.lost, time));
    }

    /// The replica replays nothing for this time. Returns whether there is a replica.
    pub(super) fn stall_replica(&self, time: Duration) -> bool {
        let mut state = self.lock();
        if state.lag.is_some() {
            state.stall = Some(extended(state.stall, time));
        }
        state.lag.is_some()
    }

    /// Returns whether the node has a replica.
    pub(super) fn has_replica(&self) -> bool {
        self.lock().lag.is_some()
    }

    /// Returns the time for which the primary was lost at `moment`, if it is lost since then.
    pub(super) fn lost_for_at(&self, moment: Instant) -> Option<Duration> {
        let now = Instant::now();
        let lost = self.lock().lost.filter(|(_, until)| *until >= now);
        moment.checked_duration_since(lost?.0)
    }

    /// Returns whether the primary was unreachable at any time since `moment`.
    pub(super) fn was_lost_since(&self, moment: Instant) -> bool {
        self.lock().lost.is_some_and(|(_, until)| until >= moment)
    }

    /// Ends all faults.
    pub(super) fn end_faults(&self) {
        let mut state = self.lock();
        state.is_calm = true;
        state.stall = None;
        state.lost = None;
    }

    fn is_lost(&self) -> bool {
        self.was_lost_since(Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, NetworkState> {
        self.state.lock().unwrap()
    }
}

/// A fault of this duration from now on, which extends the last one if that has not ended.
fn extended(last: Option<(Instant, Instant)>, time: Duration) -> (Instant, Instant) {
    let now = Instant::now();
    let last = last.filter(|(_, until)| *until >= now);
    let (since, until) = last.unwrap_or((now, now));
    (since, until.max(now + time))
}

impl SimulatedNetwork for NodeNetwork {
    fn plan(&self, operation: SimulatedOperation) -> OperationPlan {
        let chance = &self.chance;
        let delay = |is_slow| {
            if is_slow {
                chance.millis(500, 7_000)
            } else {
                chance.millis(1, 30)
            }
        };
        let is_calm = self.lock().is_calm;
        let before = delay(!is_calm && chance.hits(self.slow));
        let after = delay(!is_calm && chance.hits(self.slow));
        let is_faulty = !is_calm && chance.hits(self.faults);
        let has_effect = chance.hits(500);
        let is_silent = chance.hits(300);
        if operation != SimulatedOperation::Read(SimulatedServer::Replica) && self.is_lost() {
            // The connection is refused, or nothing answers.
            let before = if is_silent {
                Duration::from_mins(1)
            } else {
                before
            };
            return OperationPlan {
                before,
                after,
                fault: Some(SimulatedFault::BeforeEffect),
            };
        }
        let fault = is_faulty.then_some(if has_effect {
            SimulatedFault::AfterEffect
        } else {
            SimulatedFault::BeforeEffect
        });
        OperationPlan {
            before,
            after,
            fault,
        }
    }

    fn replica_lag(&self) -> Option<Duration> {
        let now = Instant::now();
        let state = self.lock();
        let stalled = state.stall.filter(|(_, until)| *until > now);
        let stalled = stalled.map_or(Duration::ZERO, |(since, _)| now - since);
        Some(state.lag? + stalled)
    }

    fn primary_lost_for(&self) -> Option<Duration> {
        let now = Instant::now();
        let lost = self.lock().lost.filter(|(_, until)| *until > now);
        lost.map(|(since, _)| now - since)
    }
}
