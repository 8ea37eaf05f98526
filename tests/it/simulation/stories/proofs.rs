//! Sessions that are bound to a key, whose proofs are replayed.

use std::{collections::BTreeMap, rc::Rc};

use futures_util::future::join_all;

use crate::simulation::{
    bound_client::BoundClient,
    person::{Person, Session},
    request::ClientRequest,
    transcript::Event,
    world::World,
};

/// A client with a key logs a person in and refreshes. A thief replays its proofs, and uses the refresh token without the
/// key.
pub(super) async fn log_in_with_key(world: &World, person: &Person) {
    if world.row(person).is_some_and(|row| row.totp.is_some()) {
        // The second step has no proof.
        return;
    }
    let client = Rc::new(BoundClient::new(world));
    let Some(session) = world.log_in_by(person, Some(&client)).await else {
        return;
    };
    for _ in 0..=world.chance.index(2) {
        world.pause(1, 60).await;
        world.refresh(person, &session).await;
        replay(world, person, &session).await;
    }
    let unbound = Session {
        client: None,
        ..session.clone()
    };
    let of_thief = Session {
        client: Some(Rc::new(BoundClient::new(world))),
        ..session
    };
    for session in [unbound, of_thief] {
        let exchange = world.send_refresh(world.any_node(), person, &session).await;
        if exchange.success().is_some() {
            exchange.fail("a bound token works without its key");
        }
    }
}

/// Sends a request with its proof several times. Each process of a node accepts it once.
async fn replay(world: &World, person: &Person, session: &Session) {
    let request = ClientRequest::refresh(world, session).titled("again and again");
    let mut accepted = BTreeMap::new();
    for _ in 0..=world.chance.index(2) {
        let exchanges = join_all([world.send(person, &request), world.send(person, &request)]);
        for exchange in exchanges.await {
            if exchange.success().is_some() {
                let place = (exchange.node.number, exchange.process);
                let times: &mut u32 = accepted.entry(place).or_default();
                *times += 1;
                assert_eq!(*times, 1, "a proof works twice at node {}", place.0);
                world.count(Event::Proof);
            }
            world.judge(person, &exchange, false).await;
        }
        world.pause(0, 10).await;
    }
}
