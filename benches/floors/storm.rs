//! The effect of many concurrent logins on the latency of refreshes and on memory, on all cores and with one worker
//! that hashes.

use std::time::Duration;

use futures_util::future::join;

use crate::{
    effort::Effort,
    load::Load,
    pairs::Pairs,
    program::{Program, free_address},
    service::TestService,
    table::{Table, Target},
};

const STORM: &str = "storm of logins";

/// The names of these benchmarks.
pub const NAMES: &[&str] = &[STORM];

/// The number of clients that log in concurrently. The queue holds them all.
const LOGINS: usize = 32;
const REFRESHES: usize = 4;

/// Runs the selected benchmarks.
pub async fn measure(service: &TestService<'_>, effort: &Effort, table: &mut Table) {
    if !table.wants(&service.engine.named(STORM)) {
        return;
    }
    let address = free_address();
    let command = service.program(address, "warn,sqlx=error");
    let signet = Program::start(address, command, None);
    let mut refreshes = Load::open(address, REFRESHES, &service.refresh()).await;
    let mut logins = Load::open(address, LOGINS, &TestService::login()).await;
    refreshes.run_for(effort.interval).await;
    let base = signet.memory("VmRSS");

    let (mut median, mut tail) = (Pairs::default(), Pairs::default());
    let interval = effort.interval * 2;
    for _ in 0..effort.intervals {
        let idle = refreshes.run_for(interval).await.latencies;
        let interval_of_logins = interval + Duration::from_millis(50);
        let (storm, _) = join(
            refreshes.run_for(interval),
            logins.run_for(interval_of_logins),
        )
        .await;
        let storm = storm.latencies;
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a short while")]
        let at = |quantile| {
            let micros = |histogram: &hdrhistogram::Histogram<u64>| {
                histogram.value_at_quantile(quantile) as f64
            };
            (micros(&idle), micros(&storm))
        };
        let (idle, storm) = at(0.5);
        median.push(idle, storm);
        let (idle, storm) = at(0.99);
        tail.push(idle, storm);
    }
    let named = |name: &str| service.engine.named(&format!("{STORM}: {name}"));
    table.pairs(&named("refresh p50"), "µs", &median, Target::Open);
    table.pairs(&named("refresh p99"), "µs", &tail, Target::AtMost(2.0));
    let pool = f64::from(service.app.config.password.cost.memory_kib);
    let most = signet.memory("VmHWM");
    table.pair(
        &named("memory"),
        "KiB",
        (base + pool, most),
        Target::AtMost(1.0),
    );
}
