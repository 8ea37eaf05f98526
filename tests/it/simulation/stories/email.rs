//! A change of the email.

use serde_json::json;

use super::{mailed_token, number_of_copies};
use crate::simulation::{change::Change, person::Person, request::ClientRequest, world::World};

/// A person moves to another mailbox.
pub(super) async fn change(world: &World, person: &Person) {
    let guard = person.lock_changes().await;
    let Some(session) = world.logged_in(person).await else {
        return;
    };
    let email = format!("{}{}@example.com", person.name, person.new_number());
    let body = json!({"email": email, "password": person.password().text});
    let request = ClientRequest::post("/email", &body).bearer(&session);
    let Some(token) = mailed_token(world, person, &request, &email).await else {
        return;
    };
    let change = Change {
        sender: person,
        owner: person,
        request: &ClientRequest::post("/email/confirm", &json!({"token": token})),
        copies: number_of_copies(world),
        is_once: true,
        is_done: &|_, now| now.email == email,
    };
    if change.make(world).await.row.is_some() {
        person.email.borrow_mut().clone_from(&email);
    }
    drop(guard);
    world.log_in(person).await;
}
