//! Faults of nodes and servers.

use std::{rc::Rc, time::Duration};

use super::world::World;

/// Lets faults happen from time to time.
pub(super) async fn happen(world: Rc<World>) {
    loop {
        world.pause(20, 400).await;
        if world.is_calm.get() {
            continue;
        }
        let (chance, node) = (&world.chance, world.any_node().clone());
        match chance.index(6) {
            0 => {
                let time = outage(&world);
                world.note(format!("the primary is down for {time:?}"));
                for node in &world.nodes {
                    node.network.lose_primary(time);
                }
            }
            1 => {
                let time = outage(&world);
                world.note(format!(
                    "node {} loses the primary for {time:?}",
                    node.number
                ));
                node.network.lose_primary(time);
            }
            2 | 3 => {
                let time = chance.seconds(2, 90);
                world.note(format!(
                    "the replica of node {} stalls for {time:?}",
                    node.number
                ));
                node.network.stall_replica(time);
            }
            4 => {
                let offset = node.clock.step(chance);
                world.note(format!(
                    "the clock of node {} is set to {offset} ms",
                    node.number
                ));
            }
            _ => {
                world.note(format!("node {} restarts", node.number));
                node.restart();
            }
        }
    }
}

fn outage(world: &World) -> Duration {
    let chance = &world.chance;
    if chance.hits(150) {
        chance.seconds(60, 20 * 60)
    } else {
        chance.seconds(1, 60)
    }
}
