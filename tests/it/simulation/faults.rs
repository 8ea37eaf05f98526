//! Faults of nodes and servers.

use std::{rc::Rc, time::Duration};

use super::{node::Node, world::World};

/// Injects a fault from time to time.
pub(super) async fn inject(world: Rc<World>) {
    loop {
        world.pause(20, 400).await;
        if world.is_calm.get() {
            continue;
        }
        let (chance, node) = (&world.chance, world.any_node().clone());
        match chance.index(11) {
            0 | 1 => {
                let time = outage(&world);
                world.note_fault(format_args!("the primary is down for {time:?}"));
                for node in &world.nodes {
                    node.network.lose_primary(time);
                }
            }
            2 | 3 => {
                cut_off(&world, &node);
            }
            4..=7 => {
                let time = chance.seconds(2, 90);
                if node.network.stall_replica(time) {
                    world.note_fault(format_args!(
                        "the replica of node {} stalls for {time:?}",
                        node.number
                    ));
                }
            }
            8 | 9 => {
                let offset = node.clock.step(chance);
                world.note_fault(format_args!(
                    "the clock of node {} is set to {offset} ms",
                    node.number
                ));
            }
            _ => {
                world.note_fault(format_args!("node {} restarts", node.number));
                node.restart();
            }
        }
    }
}

/// Injects a fault while a row changes or right after, when it matters most.
pub(super) fn inject_at_change(world: &World) {
    if world.is_calm.get() {
        return;
    }
    let chance = &world.chance;
    match chance.below(8) {
        0 => {
            let time = chance.seconds(10, 90);
            let networks = world.nodes.iter().map(|node| &node.network);
            if networks.filter(|it| it.stall_replica(time)).count() > 0 {
                world.note_fault(format_args!("all replicas stall for {time:?}"));
            }
        }
        1 => cut_off(world, world.any_node()),
        2 | 3 => world.promote_soon(),
        _ => {}
    }
}

/// A node loses the primary, and perhaps its replica does so too.
fn cut_off(world: &World, node: &Node) {
    let (time, number) = (outage(world), node.number);
    node.network.lose_primary(time);
    if world.chance.hits(500) && node.network.stall_replica(time) {
        world.note_fault(format_args!(
            "node {number} and its replica lose the primary for {time:?}"
        ));
    } else {
        world.note_fault(format_args!("node {number} loses the primary for {time:?}"));
    }
}

/// The time for which a server is down.
pub(super) fn outage(world: &World) -> Duration {
    let chance = &world.chance;
    if chance.hits(150) {
        chance.seconds(60, 20 * 60)
    } else {
        chance.seconds(1, 60)
    }
}
