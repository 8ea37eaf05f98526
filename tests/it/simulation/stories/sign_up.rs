//! A sign-up with the mailed link.

use serde_json::json;

use super::{mailed_token, number_of_copies};
use crate::simulation::{change::Change, person::Person, request::Ask, world::World};

/// Signs a person up. Returns whether the user exists.
pub(super) async fn sign_up(world: &World, person: &Person) -> bool {
    let email = person.email.borrow().clone();
    let ask = Ask::post("/signup", &json!({"email": email}));
    let Some(token) = mailed_token(world, person, &ask, &email).await else {
        return false;
    };
    if world.chance.hits(100) {
        world.pause(600, 3_000).await;
    }
    let password = person.new_password();
    let ask = Ask::post(
        "/signup/confirm",
        &json!({"token": token, "password": password}),
    );
    let _guard = person.changes.lock().await;
    let change = Change {
        asker: person,
        owner: person,
        ask: &ask,
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
    let ask = Ask::post("/signup/confirm", &other).titled("with another password");
    let reply = world.ask(person, &ask).await;
    if reply.success().is_some() {
        reply.fail("a used link sets another password");
    }
    if let Some(reply) = changed.reply {
        world.judge(person, &reply, true).await;
    }
    true
}
