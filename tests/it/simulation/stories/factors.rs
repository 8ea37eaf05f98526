//! The setup and removal of an authenticator app, and recovery codes.

use serde_json::json;

use super::tabs::use_replaced_tokens;
use crate::{
    simulation::{
        change::{Change, epoch_is_new},
        person::{Person, Session},
        request::ClientRequest,
        world::World,
    },
    support::totp::AuthenticatorApp,
};

/// A person sets up an authenticator app, creates recovery codes or removes the app, and logs in afterwards. Admins have no
/// app: they log in for the changes of others at the same time.
pub(super) async fn change(world: &World, person: &Person) {
    if person.is_admin.get() {
        return;
    }
    let guard = person.lock_changes().await;
    let Some(session) = world.logged_in(person).await else {
        return;
    };
    if world.row(person).is_none_or(|row| row.totp.is_none()) {
        if let Some(session) = set_up(world, person, &session).await {
            create_recovery_codes(world, person, &session).await;
        }
    } else if world.chance.hits(500) {
        remove(world, person, &session).await;
    } else {
        create_recovery_codes(world, person, &session).await;
    }
    drop(guard);
    world.pause(0, 20).await;
    world.log_in(person).await;
    use_replaced_tokens(world, person).await;
}

/// Sets up an app. Returns the session of two factors.
async fn set_up(world: &World, person: &Person, session: &Session) -> Option<Session> {
    let request = ClientRequest::post("/me/totp", &json!({})).bearer(session);
    let exchange = world.send_until_answered(person, &request).await?;
    if exchange.status() != 200 {
        if !person.has_lost_changes() {
            exchange.fail("the setup of an app was refused");
        }
        return None;
    }
    let begun = exchange.answer.as_ref()?.json();
    let app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
    let code = world.fresh_code(person, &app).await;
    let body = json!({"enrolment": begun["enrolment"], "code": code.text});
    let request = ClientRequest::post("/me/totp/confirm", &body).bearer(session);
    let request = request.good_until(code.good_until);
    let change = Change {
        is_done: &|before, now| now.totp.is_some() && epoch_is_new(before, now),
        ..Change::of_epoch(person, &request)
    };
    let changed = change.make(world).await;
    person.factors.keep_app(&changed.row?, app);
    world.judge(person, &changed.exchange?, true).await
}

async fn create_recovery_codes(world: &World, person: &Person, session: &Session) {
    let request = ClientRequest::post("/me/recovery-codes", &json!({})).bearer(session);
    let change = Change {
        is_done: &|before, now| {
            let id = |codes: &Option<(_, String)>| codes.as_ref().map(|(id, _)| *id);
            let before = before.and_then(|before| id(&before.recovery_codes));
            id(&now.recovery_codes) != before
        },
        ..Change::of_epoch(person, &request)
    };
    let changed = change.make(world).await;
    if let (Some(row), Some(exchange)) = (changed.row, changed.exchange) {
        let answer = exchange.answer.as_ref().unwrap().json();
        person
            .factors
            .keep_recovery_codes(&row, &answer["recovery_codes"]);
    }
}

async fn remove(world: &World, person: &Person, session: &Session) {
    let request = ClientRequest::json("DELETE", "/me/totp", &json!({})).bearer(session);
    let change = Change {
        is_done: &|before, now| now.totp.is_none() && epoch_is_new(before, now),
        ..Change::of_epoch(person, &request)
    };
    if let Some(exchange) = change.make(world).await.exchange {
        world.judge(person, &exchange, true).await;
    }
}
