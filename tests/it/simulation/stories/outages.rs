//! A long loss of the primary.

use tokio::time::Instant;

use super::passwords;
use crate::simulation::{person::Person, world::World};

/// A person goes on refreshing at a node that has lost the primary, with its replica, for longer than
/// `database.orphan_grace`. Half of the people end their sessions at the other nodes meanwhile.
pub(super) async fn outlive_the_grace(world: &World, person: &Person) {
    let Some(session) = world.logged_in(person).await else {
        return;
    };
    let nodes = world.nodes.iter();
    let with_replica: Vec<_> = nodes.filter(|it| it.network.has_replica()).collect();
    if with_replica.is_empty() {
        return;
    }
    let node = with_replica[world.chance.index(with_replica.len())];
    let grace = world.settings.orphan_grace;
    let end = Instant::now() + grace + world.chance.seconds(60, 180);
    node.network.lose_primary(end - Instant::now());
    // The replica follows for a while, or is cut off as well.
    if world.chance.hits(700) {
        node.network.stall_replica(end - Instant::now());
    }
    world.note_fault(format_args!(
        "node {} loses the primary for longer than the grace of {grace:?}",
        node.number
    ));
    if world.chance.hits(500) {
        passwords::log_out_everywhere(world, person).await;
    }
    while Instant::now() < end {
        world.refresh_at(node, person, &session).await;
        let left = end.saturating_duration_since(Instant::now());
        world.pause(10, 40 + left.as_secs() / 3).await;
    }
}
