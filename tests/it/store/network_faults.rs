//! Faults of the network between the service and PostgreSQL, at every route whose answer needs the database: the answer is
//! right or 503, and the repeated request ends well.

mod pages;
mod providers;
mod requests;

use std::time::Duration;

use futures_util::future::join_all;

use self::requests::{People, Prepared};
use crate::support::{
    Engine, TestDatabase, TestService,
    answer::Answer,
    proxy::{Fault, Proxy},
    routes::{self, Route},
};

const SETTINGS: &str = "
    admin.enabled = true
    database.timeout = '1s'
    database.connections = 128
    [[clients]]
    client_id = 'default'
    redirect_uris = ['https://app.example.com/back']
    scopes = ['openid', 'email']
";

/// More requests than any route sends to the database, with those of a new connection.
const MOST_REQUESTS: usize = 40;

fn name(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// Returns whether the response is 503, or a redirect that tells the client the same.
fn is_unavailable(answer: &Answer) -> bool {
    let location = answer.header("location");
    answer.status == 503 || location.contains("error=temporarily_unavailable")
}

/// Sends a request of the route while a request to the database fails, and repeats it. Returns whether that request
/// exists.
async fn survives(
    people: &People<'_>,
    proxy: &Proxy,
    prepared: &Prepared,
    right: u16,
    (requests, fault): (usize, Fault),
) -> Result<bool, String> {
    proxy.fail_after(requests, fault);
    let answer = prepared.send(people.service).await;
    if !proxy.has_failed() {
        return Ok(false);
    }
    if answer.status != right && !is_unavailable(&answer) {
        return Err(format!("{} {}", answer.status, answer.text()));
    }
    let may_be_done = fault != Fault::Drop || answer.status == right;
    let again = prepared.send(people.service).await;
    if !prepared.ends_well(&again, right, may_be_done) {
        return Err(format!("again {} {}", again.status, again.text()));
    }
    Ok(true)
}

#[tokio::test]
async fn slow_postgres_connections_that_break_fail_no_route_otherwise_than_by_503() {
    let mut database = TestDatabase::on(Engine::Postgres).await;
    let Some(proxy) = Proxy::before(&mut database) else {
        return;
    };
    let service = TestService::in_database(database, SETTINGS, None).await;
    let people = People::of(&service).await;
    let mut faults = vec![];
    let mut untouched = vec![];
    for route in &routes::all() {
        let mut prepared = people.prepare(route).await;
        let right = prepared.send(&service).await.status;
        assert!(right < 500, "{}: {right}", name(route));
        for requests in 0..MOST_REQUESTS {
            let mut exists = false;
            for fault in [Fault::Drop, Fault::Cut(7)] {
                if !prepared.done.is_empty() {
                    prepared = people.prepare(route).await;
                }
                let place = (requests, fault);
                match survives(&people, &proxy, &prepared, right, place).await {
                    Ok(existed) => exists |= existed,
                    Err(fault) => faults.push(format!("{}, {place:?}: {fault}", name(route))),
                }
            }
            if !exists {
                untouched.extend((requests == 0).then(|| name(route)));
                break;
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    untouched.sort_unstable();
    assert_eq!(untouched, requests::WITHOUT_DATABASE);
}

#[tokio::test]
async fn slow_postgres_answers_that_are_late_or_lost_fail_no_route_otherwise_than_by_503() {
    let mut database = TestDatabase::on(Engine::Postgres).await;
    let Some(proxy) = Proxy::before(&mut database) else {
        return;
    };
    let service = TestService::in_database(database, SETTINGS, None).await;
    let people = People::of(&service).await;
    let routes = routes::all();
    let mut right = vec![];
    for route in &routes {
        right.push(people.prepare(route).await.send(&service).await.status);
    }
    let late = Fault::Delay(Duration::from_millis(20));
    for fault in [late, Fault::Silence] {
        let mut prepared: Vec<Prepared> = vec![];
        for route in &routes {
            prepared.push(people.prepare(route).await);
        }
        proxy.fail_always(Some(fault));
        // Late answers hold connections, for which requests do not wait long. Lost ones are waited for together.
        let at_once = if fault == late { 12 } else { prepared.len() };
        let mut answers = vec![];
        for some in prepared.chunks(at_once) {
            answers.extend(join_all(some.iter().map(|it| it.send(&service))).await);
        }
        proxy.fail_always(None);
        let mut refused = 0;
        for ((route, answer), right) in routes.iter().zip(&answers).zip(&right) {
            let is_refused = is_unavailable(answer);
            refused += usize::from(is_refused);
            let is_right = answer.status == *right || (fault == Fault::Silence && is_refused);
            assert!(is_right, "{}, {fault:?}: {}", name(route), answer.text());
        }
        assert_eq!(refused > 40, fault == Fault::Silence, "{refused} refused");
        for ((route, prepared), right) in routes.iter().zip(&prepared).zip(&right) {
            let again = prepared.send(&service).await;
            let ends_well = prepared.ends_well(&again, *right, true);
            assert!(
                ends_well,
                "{}: {} {}",
                name(route),
                again.status,
                again.text()
            );
        }
    }
}
