//! Logins by authorization code with PKCE, and single sign-on.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    simulation::{
        person::{Person, Row, Session},
        request::{ClientRequest, Exchange},
        transcript::Event,
        world::World,
    },
    support::oauth_client::{CHALLENGE, REDIRECT_URI, VERIFIER},
};

/// The lifetime of a code.
const LIFETIME: TimeDelta = TimeDelta::seconds(30);

/// A person logs in on the login page of the issuer, and later at another client of the same browser.
pub(super) async fn log_in_by_code(world: &World, person: &Person) {
    if world.row(person).is_some_and(|row| row.totp.is_some()) {
        // The pages of the second step have tests of their own.
        return;
    }
    let password = person.password();
    let email = person.email.borrow().clone();
    let fields = [
        ("email", email.as_str()),
        ("password", &password.text),
        ("by", "password"),
    ];
    let request = ClientRequest::form(&authorization_url(), &fields).in_browser(None);
    let must_succeed =
        |row: &Row| row.is_active && row.email == email && row.verifier == password.verifier;
    let Some(exchange) = authorize(world, person, &request, &must_succeed).await else {
        return;
    };
    let cookies = exchange.answer.as_ref().unwrap().set_cookies();
    let cookie = cookies.iter().find_map(|line| {
        let (pair, _) = line.split_once(';')?;
        pair.starts_with("__Host-signet-sso=")
            .then(|| pair.to_owned())
    });
    let session = redeem(world, person, &exchange).await;
    for _ in 0..world.chance.index(3) {
        world.pause(1, 120).await;
        let request = ClientRequest::get(&authorization_url()).in_browser(cookie.as_deref());
        let must_succeed = |row: &Row| {
            let session = session.as_ref();
            session.is_some_and(|session| row.is_active && row.epoch == session.epoch)
        };
        if let Some(exchange) = authorize(world, person, &request, &must_succeed).await {
            redeem(world, person, &exchange).await;
        }
    }
}

fn authorization_url() -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", "app")
        .append_pair("redirect_uri", REDIRECT_URI)
        .append_pair("state", "opaque")
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("/authorize?{query}")
}

/// Sends an authorization request until it is answered. Returns the answer if it has a code.
async fn authorize(
    world: &World,
    person: &Person,
    request: &ClientRequest,
    must_succeed: &dyn Fn(&Row) -> bool,
) -> Option<Exchange> {
    for _ in 0..4 {
        let before = world.row(person);
        let exchange = world.send(person, request).await;
        let is_unchanged = before == world.row(person);
        match exchange.status() {
            303 if code(&exchange).is_some() => return Some(exchange),
            200 | 401 if !(is_unchanged && before.as_ref().is_some_and(must_succeed)) => {
                return None;
            }
            0 | 503 => world.pause(1, 20).await,
            _ => exchange.fail("a good login was refused"),
        }
    }
    None
}

fn code(exchange: &Exchange) -> Option<String> {
    let location = exchange.answer.as_ref()?.header("location");
    let (_, query) = location.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "code")
        .map(|(_, code)| code.into_owned())
}

/// Redeems a code, several times and at several nodes. Each process of a node accepts it once.
async fn redeem(world: &World, person: &Person, answer: &Exchange) -> Option<Session> {
    let code = code(answer).unwrap();
    // The service counts whole seconds.
    let expires = answer.clock + LIFETIME - TimeDelta::seconds(1);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", &code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let request = ClientRequest::form("/token", &form);
    let (mut redeemed, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    let mut session = None;
    let mut attempts = 1 + world.chance.index(3);
    while attempts > 0 && is_fresh(world, expires) {
        let before = world.row(person);
        let exchange = world.send(person, &request).await;
        let is_unchanged = before == world.row(person);
        let place = (exchange.node.number, exchange.process);
        let is_first = !redeemed.contains(&place) && !unknown.contains(&place);
        // The epoch of the code is known once one of its sessions is.
        let is_current = session.as_ref().is_none_or(|session: &Session| {
            before.is_some_and(|row| row.is_active && row.epoch == session.epoch)
        });
        let must_succeed = is_first
            && is_unchanged
            && is_current
            && session.is_some()
            && exchange.clock.max(exchange.node.clock.now()) < expires;
        if exchange.status() == 200 {
            assert!(
                redeemed.insert(place),
                "a code works twice at node {}",
                place.0
            );
            world.count(Event::Code);
        }
        if exchange.status() == 0 {
            unknown.insert(place);
        }
        session = world
            .judge(person, &exchange, must_succeed)
            .await
            .or(session);
        if matches!(exchange.status(), 0 | 503) {
            world.pause(0, 3).await;
        } else {
            attempts -= 1;
        }
    }
    session
}

fn is_fresh(world: &World, expires: DateTime<Utc>) -> bool {
    world.nodes.iter().all(|node| node.clock.now() < expires)
}
