//! The stories of people: what they do with the service, at random.

mod admin;
mod codes;
mod email;
mod factors;
mod links;
mod outages;
mod passwords;
mod proofs;
mod sign_up;
mod tabs;

use std::rc::Rc;

use super::{person::Person, request::ClientRequest, transcript::Event, world::World};

/// The life of one person: a sign-up, and then some stories, often with a tab that refreshes meanwhile.
pub(super) async fn live(world: Rc<World>, person: Rc<Person>) {
    world.count(Event::Birth);
    world.pause(0, 120).await;
    if !sign_up::sign_up(&world, &person).await {
        world.note(format_args!("{} gives up", person.name));
        return;
    }
    world.count(Event::SignUp);
    if world.people.len() > 1 && world.admin().is_none() && world.chance.hits(300) {
        admin::appoint(&world, &person).await;
    }
    let has_tab = world.chance.hits(400);
    tokio::select! {
        biased;
        () = act(&world, &person) => {}
        () = tabs::keep_refreshing(&world, &person), if has_tab => {}
    }
}

async fn act(world: &World, person: &Person) {
    for _ in 0..2 + world.chance.index(4) {
        if world.chance.hits(250) {
            world.pause(300, 1_500).await;
        } else {
            world.pause(1, 60).await;
        }
        if person.id().is_none() && !sign_up::sign_up(world, person).await {
            return;
        }
        match world.chance.index(19) {
            0..=2 => tabs::refresh_at_once(world, person).await,
            3 | 4 => tabs::use_replaced_tokens(world, person).await,
            5 | 6 => passwords::change(world, person).await,
            7 => passwords::reset(world, person).await,
            8 => passwords::log_out_everywhere(world, person).await,
            9 => links::log_in_by_link(world, person).await,
            10 | 11 => codes::log_in_by_code(world, person).await,
            12 => email::change(world, person).await,
            13 => outages::outlive_the_grace(world, person).await,
            14 | 15 => factors::change(world, person).await,
            16 | 17 => proofs::log_in_with_key(world, person).await,
            _ => admin::disable_for_a_while(world, person).await,
        }
    }
}

/// Asks for a mail, and returns the token of its link. `None` if no mail arrives.
///
/// An accepted request can go without a mail: the answer 202 does not tell that the mailbox has reached its limit, nor that
/// the email has no active user. So a missing mail is no failure of a world. The number of sign-ups bounds how many may miss.
async fn mailed_token(
    world: &World,
    person: &Person,
    request: &ClientRequest,
    email: &str,
) -> Option<String> {
    let before = world.outbox.lock().unwrap().len();
    let exchange = world.send_until_answered(person, request).await?;
    match exchange.status() {
        202 => {}
        // The limit of mails to one person, which requests without an answer have used up as well.
        429 => return None,
        _ if person.has_lost_changes() => return None,
        _ => exchange.fail("a request for a mail was refused"),
    }
    world.pause(2, 90).await;
    let outbox = world.outbox.lock().unwrap();
    let mut mails = outbox[before..].iter().rev();
    let mail = mails.find(|mail| mail.to.as_str() == email)?;
    let (_, token) = mail.text.split_once("#token=")?;
    Some(token.split(['&', '\n', '\r']).next().unwrap().to_owned())
}

/// The number of places in which a link is opened at the same time.
pub(super) fn number_of_copies(world: &World) -> usize {
    if world.chance.hits(400) { 2 } else { 1 }
}
