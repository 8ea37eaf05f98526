//! Logins by a mailed link.

use serde_json::json;

use super::mailed_token;
use crate::{
    simulation::{change::Change, person::Person, request::ClientRequest, world::World},
    support::oauth_client::{VERIFIER, login_link_request},
};

/// A person logs in by a mailed link, which is opened on two nodes at once.
pub(super) async fn log_in_by_link(world: &World, person: &Person) {
    let _guard = person.lock_changes().await;
    if world.row(person).is_some_and(|row| row.totp.is_some()) {
        // The link is spent by a request that asks for the second factor.
        return;
    }
    let email = person.email.borrow().clone();
    let request = ClientRequest::post("/login/link", &login_link_request(&email));
    let Some(token) = mailed_token(world, person, &request, &email).await else {
        return;
    };
    let body = json!({"token": token, "code_verifier": VERIFIER});
    let change = Change {
        sender: person,
        owner: person,
        request: &ClientRequest::post("/login/link/confirm", &body),
        copies: 2,
        is_once: true,
        is_done: &|before, now| before.is_some_and(|before| before.link_epoch != now.link_epoch),
    };
    if let Some(exchange) = change.make(world).await.exchange {
        world.judge(person, &exchange, true).await;
    }
}
