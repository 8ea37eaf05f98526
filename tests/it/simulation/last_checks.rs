//! The end of a world: all faults are over, and everything that was acknowledged is there.

use std::rc::Rc;

use super::{
    node::Node,
    person::{Person, Session},
    world::{SETTLED, World},
};

pub(super) async fn check(world: &World) {
    world.is_calm.set(true);
    for node in &world.nodes {
        node.network.end_faults();
    }
    tokio::time::sleep(SETTLED).await;
    world.note("all faults are over");
    for node in &world.nodes {
        check_promotions(world, node).await;
    }
    for person in &world.people {
        let Some(row) = world.row(person) else {
            continue;
        };
        let session = world.log_in(person).await;
        assert_eq!(session.is_some(), row.is_active, "login of {}", person.name);
        let sessions = person.sessions.borrow().clone();
        let current = sessions.iter().rev().find(|it| it.epoch == row.epoch);
        let ended = sessions.iter().rev().find(|it| it.epoch != row.epoch);
        if let Some(current) = current.filter(|_| row.is_active) {
            for node in &world.nodes {
                check_at(node, world, (person, current), 200).await;
            }
        }
        // At one node: every other refresh of an ended session is checked as well.
        if let Some(ended) = ended {
            check_at(world.any_node(), world, (person, ended), 401).await;
        }
    }
}

/// Checks that a node has counted the promotions. Two of them may have passed without a request to the primary between.
async fn check_promotions(world: &World, node: &Node) {
    let store = node.app().store.clone();
    store.check_database().await.unwrap();
    let (counted, happened) = (store.replication().promotions, world.promotions.get());
    assert!(
        counted <= happened && (counted > 0) == (happened > 0),
        "node {} has counted {counted} of {happened} promotions",
        node.number
    );
}

/// Checks the status of a refresh at a node.
async fn check_at(
    node: &Rc<Node>,
    world: &World,
    (person, session): (&Person, &Session),
    status: u16,
) {
    let exchange = world.send_refresh(node, person, session).await;
    if exchange.status() != status {
        exchange.fail(&format!("the answer has to be {status}"));
    }
}
