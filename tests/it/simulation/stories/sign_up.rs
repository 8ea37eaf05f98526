//! A sign-up with the mailed link.

use serde_json::json;
use tokio::time::sleep;

use super::{mailed_token, number_of_copies};
use crate::simulation::{
    change::Change,
    person::Person,
    request::ClientRequest,
    world::{SETTLED, World},
};

/// Signs a person up. Returns whether the user exists.
pub(super) async fn sign_up(world: &World, person: &Person) -> bool {
    let _guard = person.lock_changes().await;
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
    try_another_password(world, person, &token).await;
    if let Some(exchange) = changed.exchange {
        world.judge(person, &exchange, true).await;
    }
    true
}

/// Opens the link once more, with another password. That has no effect, unless a promotion has lost the sign-up.
async fn try_another_password(world: &World, person: &Person, token: &str) {
    let password = person.new_password();
    let body = json!({"token": token, "password": password});
    let request = ClientRequest::post("/signup/confirm", &body).titled("with another password");
    person.is_changing.set(true);
    let losses = person.losses();
    let exchange = world.send(person, &request).await;
    let is_lost = losses != person.losses();
    if exchange.success().is_some() && !is_lost {
        exchange.fail("a used link sets another password");
    }
    if is_lost {
        sleep(SETTLED).await;
        let row = world.row(person);
        if let Some(row) = row.as_ref().filter(|_| person.id().is_none()) {
            person.set_password(&password, row);
        }
        person.acknowledge(row);
    }
    person.is_changing.set(false);
}
