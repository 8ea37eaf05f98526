//! Promotions of a replica that lacks the last commits of the former primary.

use std::{rc::Rc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{faults, transcript::Event, world::World};

/// The longest time before the loss of the primary whose commits no replica has, in milliseconds.
const MAX_LOST: u64 = 10_000;

impl World {
    /// Lets the primary be lost soon, in a world in which commits get lost: while a row changes or right after.
    pub(super) fn promote_soon(&self) {
        if self.loses_commits && !self.is_calm.get() {
            self.promotion.notify_one();
        }
    }

    /// Promotes a server that has the commits up to this moment. Later changes are undone: replaced values are valid again,
    /// and new ones do not exist.
    fn promote(&self, replayed: Instant) {
        self.check_rows();
        let lost = self.database.committed();
        self.database.promote(replayed);
        let kept = self.database.committed();
        self.restore_epochs(&lost, &kept);
        self.promotions.set(self.promotions.get() + 1);
        self.count(Event::Promotion);
        for person in &self.people {
            if person.restore((&lost, &kept), replayed) {
                self.note(format_args!("changes of {} are lost", person.name));
                self.count(Event::LostChange);
            }
        }
        self.check_rows();
    }
}

/// Promotes servers when [`World::promote_soon`] asks for it.
pub(super) async fn promote_servers(world: Rc<World>) {
    loop {
        world.promotion.notified().await;
        sleep(world.chance.millis(0, MAX_LOST / 3)).await;
        if world.is_calm.get() {
            continue;
        }
        let (time, lost) = (faults::outage(&world), world.chance.millis(0, MAX_LOST));
        world.note_fault(format_args!(
            "the primary is down for {time:?}, and its last commits of {lost:?} are lost"
        ));
        for node in &world.nodes {
            node.network.lose_primary(time);
        }
        world.promote(Instant::now() - lost);
        // One promotion at a time.
        sleep(time + Duration::from_mins(1)).await;
    }
}
