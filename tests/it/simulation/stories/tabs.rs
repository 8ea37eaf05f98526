//! Refreshes by several tabs at once, and tokens of earlier sessions.

use futures_util::future::join_all;

use crate::simulation::{
    person::{Person, Session},
    world::World,
};

/// Some tabs refresh the same session at the same time.
pub(super) async fn refresh_at_once(world: &World, person: &Person) {
    let session = match any_session(world, person) {
        Some(session) => session,
        None => match world.logged_in(person).await {
            Some(session) => session,
            None => return,
        },
    };
    let tabs = 2 + world.chance.index(3);
    join_all((0..tabs).map(|_| async {
        world.pause(0, 2).await;
        for _ in 0..3 {
            if world.refresh(person, &session).await.is_some() {
                break;
            }
            world.pause(1, 10).await;
        }
    }))
    .await;
}

/// A tab refreshes one of the last sessions from time to time.
pub(super) async fn keep_refreshing(world: &World, person: &Person) {
    loop {
        world.pause(10, 200).await;
        if let Some(session) = any_session(world, person) {
            world.refresh(person, &session).await;
        }
    }
}

/// A thief has an earlier session and an earlier password.
pub(super) async fn use_replaced_tokens(world: &World, person: &Person) {
    world.try_old_password(person).await;
    let sessions = person.sessions.borrow().clone();
    for session in sessions.iter().rev().take(3) {
        world.refresh(person, session).await;
    }
}

fn any_session(world: &World, person: &Person) -> Option<Session> {
    let sessions = person.sessions.borrow();
    let recent = sessions.len().min(3);
    let index = world.chance.index(recent.max(1));
    sessions.iter().rev().nth(index).cloned()
}
