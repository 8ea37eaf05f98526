//! A sign-up with the mailed link.

use serde_json::json;

use super::{mailed_token, number_of_copies};
use crate::simulation::{change::Change, person::Person, request::ClientRequest, world::World};

/// Signs a person up. Returns whether the user exists.
pub(super) async fn sign_up(world: &World, person: &Person) -> bool {
    let email = person.email.borrow().clone();
    let request = ClientRequest::post("/signup", &json!({"email": email}));
    let Some(token) = mailed_token(world, person, &request, &email).await else {
        return false;
    };
    if world.chance.hits(100) {
        world.pause(600, 3_000).await;
    }
    let password = person.new_password();
    let request = ClientRequest::post(
        "/signup/confirm",
        &json!({"token": token, "password": password}),
    );
    let _guard = person.changes.lock().await;
    let change = Change {
        sender: person,
        owner: person,
        request: &request,
        copies: number_of_copies(world),
        // The same link with the same password logs in.
        is_once: false,
        is_done: &|before, _| before.is_none(),
    };
    let changed = change.make(world).await;
    let Some(row) = changed.row else {
        return false;
    };
    person.set_password(&password, &row);
    let other = json!({"token": token, "password": person.new_password()});
    let request = ClientRequest::post("/signup/confirm", &other).titled("with another password");
    let exchange = world.send(person, &request).await;
    if exchange.success().is_some() {
        exchange.fail("a used link sets another password");
    }
    if let Some(exchange) = changed.exchange {
        world.judge(person, &exchange, true).await;
    }
    true
}
