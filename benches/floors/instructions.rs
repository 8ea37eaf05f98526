//! The instructions of one request, counted by callgrind. Other load on the machine does not affect them.

use std::{net::SocketAddr, process::Command};

use crate::{
    bare,
    callgrind::{CallgrindProgram, is_installed},
    effort::Effort,
    load::{BenchRequest, Load},
    program::free_address,
    service::TestService,
    table::{Table, Target},
};

const REFRESH: &str = "instructions: refresh";
const LOG: &str = "instructions: default log, of warn";
const JWKS: &str = "instructions: key set";
const SESSION: &str = "instructions: GET /session";
const LOGIN: &str = "instructions: login, hash apart";

/// The names of these benchmarks.
pub const NAMES: &[&str] = &[REFRESH, LOG, JWKS, SESSION, LOGIN];

const CONNECTIONS: usize = 16;

/// Runs the selected benchmarks.
pub async fn measure(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let named = |name| service.engine.named(name);
    let wants = |name| table.wants(&named(name));
    // The key set and GET /session do not use the database.
    let in_memory = |name| service.engine.is_embedded() && wants(name);
    let many = effort.counted_requests;
    let mut requests = Vec::new();
    if wants(REFRESH) || wants(LOG) {
        requests.push((REFRESH, service.refresh(), many, Target::AtMost(1.08)));
    }
    if in_memory(JWKS) {
        requests.push((JWKS, TestService::key_set(), many, Target::AtMost(1.10)));
    }
    if in_memory(SESSION) {
        requests.push((SESSION, service.session(), many, Target::Open));
    }
    if wants(LOGIN) {
        let few = effort.counted_logins;
        requests.push((LOGIN, TestService::login(), few, Target::Open));
    }
    if requests.is_empty() {
        return;
    }
    if !is_installed() {
        println!("valgrind is not installed: no instructions are counted.");
        return;
    }

    let address = free_address();
    let mut floor = CallgrindProgram::start(address, &bare::program(service, address).await);
    let mut floor_counts = Vec::new();
    for (name, request, times, _) in &requests {
        let profile = format!("{}, floor", named(name));
        floor_counts.push(count_one(&mut floor, request, *times, &profile).await);
    }
    drop(floor);

    let address = free_address();
    let mut signet =
        CallgrindProgram::start(address, &program(service, address, "warn,sqlx=error"));
    let mut quiet = None;
    for ((name, request, times, target), floor_count) in requests.iter().zip(floor_counts) {
        let signet_count = count_one(&mut signet, request, *times, &named(name)).await;
        if *name == REFRESH {
            quiet = Some(signet_count);
        }
        table.pair(&named(name), "instr.", (floor_count, signet_count), *target);
    }
    drop(signet);

    if let Some(quiet) = quiet.filter(|_| table.wants(&named(LOG))) {
        let address = free_address();
        let mut signet =
            CallgrindProgram::start(address, &program(service, address, "info,sqlx=error"));
        let logged = count_one(&mut signet, &service.refresh(), many, &named(LOG)).await;
        let target = Target::AtMost(1.06);
        table.pair(&named(LOG), "instr.", (quiet, logged), target);
    }
}

/// Returns the command of the service, without periodic work during the measurement.
pub fn program(service: &TestService<'_>, address: SocketAddr, filter: &str) -> Command {
    let mut command = service.program(address, filter);
    command.args(["--set", "keys.read_every=1h"]);
    command
}

/// Returns the instructions of one request, as the mean of `times` requests after as many that are not counted.
pub async fn count_one(
    counted: &mut CallgrindProgram,
    request: &BenchRequest,
    times: usize,
    profile: &str,
) -> f64 {
    let mut load = Load::open(counted.address(), CONNECTIONS, request).await;
    load.send_in_turn(times).await;
    counted.begin();
    load.send_in_turn(times).await;
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 instructions")]
    let instructions = counted.end(profile) as f64 / times as f64;
    instructions
}
