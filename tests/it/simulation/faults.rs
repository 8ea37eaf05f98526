//! Faults of nodes and servers.

use std::{rc::Rc, time::Duration};

use super::{node::Node, world::World};

/// Lets faults happen from time to time.
pub(super) async fn happen(world: Rc<World>) {
    loop {
        world.pause(20, 400).await;
        if world.is_calm.get() {
            continue;
        }
        let (chance, node) = (&world.chance, world.any_node().clone());
        match chance.index(11) {
            0 | 1 => {
                let time = outage(&world);
                world.note(format!("the primary is down for {time:?}"));
                for node in &world.nodes {
                    node.network.lose_primary(time);
                }
            }
            2 | 3 => {
                cut_off(&world, &node);
            }
            4..=7 => {
                let time = chance.seconds(2, 90);
                world.note(format!(
                    "the replica of node {} stalls for {time:?}",
                    node.number
                ));
                node.network.stall_replica(time);
            }
            8 | 9 => {
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

/// Lets a fault happen while a row changes or right after, when it matters most.
pub(super) fn happen_at_change(world: &World) {
    let chance = &world.chance;
    match chance.below(8) {
        0 => {
            let time = chance.seconds(10, 90);
            world.note(format!("all replicas stall for {time:?}"));
            for node in &world.nodes {
                node.network.stall_replica(time);
            }
        }
        1 => cut_off(world, world.any_node()),
        _ => {}
    }
}

/// A node loses the primary, and perhaps its replica does so too.
fn cut_off(world: &World, node: &Node) {
    let (time, number) = (outage(world), node.number);
    node.network.lose_primary(time);
    if world.chance.hits(500) {
        world.note(format!(
            "node {number} and its replica lose the primary for {time:?}"
        ));
        node.network.stall_replica(time);
    } else {
        world.note(format!("node {number} loses the primary for {time:?}"));
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
