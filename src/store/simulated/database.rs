//! The states of the simulated database over time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::tables::SimulatedTables;

/// A database in memory, with every state since its creation. Clones share the state.
#[derive(Debug, Clone, Default)]
pub struct SimulatedDatabase(Arc<Mutex<History>>);

#[derive(Debug, Default)]
struct History {
    first: Arc<SimulatedTables>,
    /// The time of each change and the state after it.
    changes: Vec<(Instant, Arc<SimulatedTables>)>,
    /// The number of promotions.
    timeline: u64,
}

impl SimulatedDatabase {
    /// Returns the committed rows of the primary.
    pub fn committed(&self) -> Arc<SimulatedTables> {
        self.lock().last()
    }

    /// Makes a replica the primary that has replayed the changes up to this moment. Later changes are lost on every server,
    /// and operations that are under way on the former primary fail without effect.
    pub fn promote(&self, replayed: Instant) {
        let mut history = self.lock();
        let kept = history.changes.partition_point(|(at, _)| *at <= replayed);
        history.changes.truncate(kept);
        history.timeline += 1;
    }

    /// Returns the number of promotions.
    pub(super) fn timeline(&self) -> u64 {
        self.lock().timeline
    }

    /// Returns the state of that moment. `None` stands for a moment before the database was created.
    pub(super) fn at(&self, moment: Option<Instant>) -> Arc<SimulatedTables> {
        let history = self.lock();
        let until = moment.map_or(0, |moment| {
            history.changes.partition_point(|(at, _)| *at <= moment)
        });
        let state = until
            .checked_sub(1)
            .and_then(|last| history.changes.get(last));
        state.map_or_else(|| history.first.clone(), |(_, state)| state.clone())
    }

    /// Runs a body on a copy of the rows. Commits the copy if the body says so.
    pub(super) fn change<T>(&self, body: impl FnOnce(&mut SimulatedTables) -> (T, bool)) -> T {
        let mut history = self.lock();
        let mut tables = (*history.last()).clone();
        let (answer, is_committed) = body(&mut tables);
        if is_committed {
            history.changes.push((Instant::now(), Arc::new(tables)));
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl History {
    fn last(&self) -> Arc<SimulatedTables> {
        let last = self.changes.last();
        last.map_or_else(|| self.first.clone(), |(_, state)| state.clone())
    }
}
