//! Benchmarks over HTTP: the program and a bare handler, alternately on the same core, with sixteen connections from
//! another core.

use crate::{
    bare,
    cores::{Core, Pinned},
    effort::Effort,
    load::{BenchRequest, Load},
    pairs::Pairs,
    program::{Program, free_address},
    service::TestService,
    table::{Table, Target},
};

const JWKS: &str = "key set over HTTP";
const REFRESH: &str = "refresh over HTTP";
const FORWARD_AUTH: &str = "forward-auth over HTTP";
const REFRESH_LOGGED: &str = "refresh over HTTP, logged";

/// The names of these benchmarks.
pub const NAMES: &[&str] = &[JWKS, FORWARD_AUTH, REFRESH, REFRESH_LOGGED];

const CONNECTIONS: usize = 16;

/// Runs the selected benchmarks.
pub async fn measure(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    let quiet = "warn,sqlx=error";
    let default = "info,sqlx=error";
    let refresh = service.refresh();
    if service.engine.is_embedded() && table.wants(JWKS) {
        let request = TestService::key_set();
        compare(service, effort, table, (JWKS, quiet, &request, 0.9)).await;
    }
    if service.engine.is_embedded() && table.wants(FORWARD_AUTH) {
        let request = service.forward_auth();
        compare(service, effort, table, (FORWARD_AUTH, quiet, &request, 0.8)).await;
    }
    for (name, filter, request, target) in [
        (REFRESH, quiet, &refresh, 0.7),
        (REFRESH_LOGGED, default, &refresh, 0.7),
    ] {
        let name = service.engine.named(name);
        if table.wants(&name) {
            compare(service, effort, table, (&name, filter, request, target)).await;
        }
    }
}

async fn compare(
    service: &TestService<'_>,
    effort: &Effort,
    table: &mut Table,
    (name, filter, request, target): (&str, &str, &BenchRequest, f64),
) {
    let address = free_address();
    let command = bare::program(service, address).await;
    let floor = Program::start(address, command, Some(Core::Measured));
    let address = free_address();
    let command = service.program(address, filter);
    let signet = Program::start(address, command, Some(Core::Measured));

    let _pinned = Pinned::to(Core::Around);
    let mut floor_load = Load::open(floor.address, CONNECTIONS, request).await;
    let mut signet_load = Load::open(signet.address, CONNECTIONS, request).await;
    let _ = (
        floor_load.run_for(effort.interval).await,
        signet_load.run_for(effort.interval).await,
    );

    let mut pairs = Pairs::default();
    let mut totals = [(&floor, 0.0, 0.0), (&signet, 0.0, 0.0)];
    for _ in 0..effort.intervals {
        let mut rates = [0.0; 2];
        for ((load, rate), (program, seconds, answers)) in [&mut floor_load, &mut signet_load]
            .into_iter()
            .zip(&mut rates)
            .zip(&mut totals)
        {
            let before = program.seconds();
            let result = load.run_for(effort.interval).await;
            *seconds += program.seconds() - before;
            #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 answers")]
            let answered = result.latencies.len() as f64;
            *answers += answered;
            *rate = result.rate;
        }
        let [floor, signet] = rates;
        pairs.push(floor, signet);
    }
    table.pairs(name, "1/s", &pairs, Target::AtLeast(target));
    let [floor, signet] = totals.map(|(_, seconds, answers)| seconds / answers * 1e6);
    table.pair(
        "  … processor time of each",
        "µs",
        (floor, signet),
        Target::Open,
    );
}
