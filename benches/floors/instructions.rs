//! Instructions that one request costs, counted by callgrind: a measure that other load on the
//! machine does not change.

use std::{net::SocketAddr, process::Command};

use crate::{
    bare,
    callgrind::{Counted, is_installed},
    effort::Effort,
    house::House,
    load::{Ask, Load},
    program::free_address,
    table::{Table, Target},
};

const REFRESH: &str = "instructions: refresh";
const LOG: &str = "instructions: default log, of warn";
const JWKS: &str = "instructions: key set";
const SESSION: &str = "instructions: GET /session";
const LOGIN: &str = "instructions: login, hash apart";

/// What is measured here.
pub const NAMES: &[&str] = &[REFRESH, LOG, JWKS, SESSION, LOGIN];

const CONNECTIONS: usize = 16;

/// Measures what was asked for.
pub async fn measure(house: &House<'_>, effort: &Effort, table: &mut Table) {
    let named = |what| house.engine.named(what);
    let wants = |what| table.wants(&named(what));
    // The database is asked for neither.
    let in_memory = |what| house.engine.is_embedded() && wants(what);
    let many = effort.counted_requests;
    let mut asks = Vec::new();
    if wants(REFRESH) || wants(LOG) {
        asks.push((REFRESH, house.refresh(), many, Target::AtMost(1.08)));
    }
    if in_memory(JWKS) {
        asks.push((JWKS, House::key_set(), many, Target::AtMost(1.10)));
    }
    if in_memory(SESSION) {
        asks.push((SESSION, house.session(), many, Target::Open));
    }
    if wants(LOGIN) {
        let few = effort.counted_logins;
        asks.push((LOGIN, House::login(), few, Target::Open));
    }
    if asks.is_empty() {
        return;
    }
    if !is_installed() {
        println!("No valgrind on this machine, so no instructions are counted: install valgrind.");
        return;
    }

    let address = free_address();
    let mut floor = Counted::start(address, &bare::program(house, address).await);
    let mut below = Vec::new();
    for (what, ask, times, _) in &asks {
        let profile = format!("{}, floor", named(what));
        below.push(of_one(&mut floor, ask, *times, &profile).await);
    }
    drop(floor);

    let address = free_address();
    let mut signet = Counted::start(address, &program(house, address, "warn,sqlx=error"));
    let mut quiet = None;
    for ((what, ask, times, target), below) in asks.iter().zip(below) {
        let above = of_one(&mut signet, ask, *times, &named(what)).await;
        if *what == REFRESH {
            quiet = Some(above);
        }
        table.pair(&named(what), "instr.", (below, above), *target);
    }
    drop(signet);

    if let Some(quiet) = quiet.filter(|_| table.wants(&named(LOG))) {
        let address = free_address();
        let mut signet = Counted::start(address, &program(house, address, "info,sqlx=error"));
        let logged = of_one(&mut signet, &house.refresh(), many, &named(LOG)).await;
        let target = Target::AtMost(1.06);
        table.pair(&named(LOG), "instr.", (quiet, logged), target);
    }
}

/// The service, which does nothing by itself meanwhile.
fn program(house: &House<'_>, address: SocketAddr, filter: &str) -> Command {
    let mut command = house.program(address, filter);
    command.args(["--set", "keys.read_every=1h"]);
    command
}

/// The instructions of one request of many, after as many that are not counted.
async fn of_one(counted: &mut Counted, ask: &Ask, times: usize, profile: &str) -> f64 {
    let mut load = Load::open(counted.address(), CONNECTIONS, ask).await;
    load.ask_in_turn(times).await;
    counted.begin();
    load.ask_in_turn(times).await;
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 instructions")]
    let instructions = counted.end(profile) as f64 / times as f64;
    instructions
}
