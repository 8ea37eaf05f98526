//! An admin who disables a user.

use serde_json::json;

use super::tabs::use_replaced_tokens;
use crate::simulation::{change::Change, person::Person, request::ClientRequest, world::World};

/// An admin disables the user and enables the user later. Does nothing without an admin, or if the person is the admin.
pub(super) async fn disable_for_a_while(world: &World, person: &Person) {
    let Some(admin) = world.admin().filter(|admin| admin.name != person.name) else {
        return;
    };
    let _guard = person.lock_changes().await;
    for act in ["disable", "enable"] {
        let is_active = act == "enable";
        if world
            .row(person)
            .is_some_and(|row| row.is_active == is_active)
        {
            return;
        }
        // An admin goes on until the user is enabled again.
        while !set(world, admin, (person, act)).await {
            if act == "disable" || person.id().is_none() {
                return;
            }
            world.pause(1, 60).await;
        }
        if act == "disable" {
            world.log_in(person).await;
            world.pause(0, 30).await;
            use_replaced_tokens(world, person).await;
        }
    }
}

/// Logs the admin in and disables or enables the user. Returns whether that is done.
async fn set(world: &World, admin: &Person, (person, act): (&Person, &str)) -> bool {
    // The session of the admin must not end meanwhile.
    let _guard = admin.lock_changes().await;
    let (Some(session), Some(id)) = (world.logged_in(admin).await, person.id()) else {
        return false;
    };
    let path = format!("/admin/users/{id}/{act}");
    let request = ClientRequest::post(&path, &json!({}))
        .bearer(&session)
        .titled(person.name);
    let change = Change {
        sender: admin,
        owner: person,
        request: &request,
        copies: 1,
        is_once: false,
        is_done: &|_, now| now.is_active == (act == "enable"),
    };
    change.make(world).await.row.is_some()
}

/// Gives the person the role of an admin, as `signet users role` does.
pub(super) async fn appoint(world: &World, person: &Person) {
    let Some(id) = person.id() else {
        return;
    };
    let role = "admin".parse().unwrap();
    loop {
        let node = world.any_node();
        let store = node.app().store.clone();
        if store.set_role(id, &role, node.clock.now()).await.is_ok() {
            break;
        }
        world.pause(1, 10).await;
    }
    // A replica may not have the role yet, and tokens take the role from there.
    world.pause(200, 300).await;
    // A promotion may have lost it.
    let committed = world.database.committed();
    let user = committed.users.get(&id);
    person
        .is_admin
        .set(user.is_some_and(|user| user.role == role));
}
