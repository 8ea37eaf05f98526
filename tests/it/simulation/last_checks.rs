//! The end of a world: all faults are over, and everything that was acknowledged is there.

use super::{
    person::{Person, Session},
    request::ClientRequest,
    world::{SETTLED, World},
};
use serde_json::json;

pub(super) async fn check(world: &World) {
    world.is_calm.set(true);
    for node in &world.nodes {
        node.network.end_faults();
    }
    tokio::time::sleep(SETTLED).await;
    world.note("all faults are over");
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
            check_everywhere(world, person, current, 200).await;
        }
        if let Some(ended) = ended {
            check_everywhere(world, person, ended, 401).await;
        }
    }
}

async fn check_everywhere(world: &World, person: &Person, session: &Session, status: u16) {
    let request = ClientRequest::post("/refresh", &json!({"refresh_token": session.refresh}));
    for node in &world.nodes {
        let exchange = world.send_to(node, person, &request).await;
        if exchange.status() != status {
            exchange.fail(&format!("the answer has to be {status}"));
        }
    }
}
