//! Changes of the password, and logout everywhere.

use serde_json::json;

use super::{mailed_token, number_of_copies, tabs::use_replaced_tokens};
use crate::simulation::{change::Change, person::Person, request::ClientRequest, world::World};

/// A person changes the password. The other sessions end.
pub(super) async fn change(world: &World, person: &Person) {
    let guard = person.lock_changes().await;
    let Some(session) = world.logged_in(person).await else {
        return;
    };
    let password = person.new_password();
    let body = json!({"current_password": person.password().text, "new_password": password});
    let request = ClientRequest::json("PUT", "/password", &body).bearer(&session);
    let changed = Change::of_epoch(person, &request).make(world).await;
    if let Some(row) = changed.row {
        person.set_password(&password, &row);
    }
    drop(guard);
    if let Some(exchange) = changed.exchange {
        let session = world.judge(person, &exchange, true).await;
        // The new session goes on at every node at once.
        if let Some(session) = session {
            world.refresh(person, &session).await;
        }
    }
    world.pause(0, 40).await;
    use_replaced_tokens(world, person).await;
}

/// A person has forgotten the password, and chooses another one by a mailed link.
pub(super) async fn reset(world: &World, person: &Person) {
    let guard = person.lock_changes().await;
    let email = person.email.borrow().clone();
    let request = ClientRequest::post("/password/forgot", &json!({"email": email}));
    let Some(token) = mailed_token(world, person, &request, &email).await else {
        return;
    };
    let password = person.new_password();
    let body = json!({"token": token, "password": password});
    let request = ClientRequest::post("/password/reset", &body);
    let change = Change {
        copies: number_of_copies(world),
        is_once: true,
        ..Change::of_epoch(person, &request)
    };
    if let Some(row) = change.make(world).await.row {
        person.set_password(&password, &row);
    }
    drop(guard);
    world.log_in(person).await;
}

/// A person ends all sessions.
pub(super) async fn log_out_everywhere(world: &World, person: &Person) {
    let guard = person.lock_changes().await;
    let Some(session) = world.logged_in(person).await else {
        return;
    };
    let request = ClientRequest::post("/logout/everywhere", &json!({})).bearer(&session);
    Change::of_epoch(person, &request).make(world).await;
    drop(guard);
    world.refresh(person, &session).await;
    world.pause(0, 40).await;
    use_replaced_tokens(world, person).await;
}
