//! A storm of logins: what it does to those who only refresh, and to memory. On all cores, with one
//! worker that hashes.

use std::time::Duration;

use futures_util::future::join;

use crate::{
    effort::Effort,
    house::House,
    load::Load,
    pairs::Pairs,
    program::{Program, free_address},
    table::{Table, Target},
};

const STORM: &str = "storm of logins";

/// What is measured here.
pub const NAMES: &[&str] = &[STORM];

/// Clients that log in at once; the queue holds them all.
const LOGINS: usize = 32;
const REFRESHES: usize = 4;

/// Measures what was asked for.
pub async fn measure(house: &House<'_>, effort: &Effort, table: &mut Table) {
    if !table.wants(&house.engine.named(STORM)) {
        return;
    }
    let address = free_address();
    let command = house.program(address, "warn,sqlx=error");
    let signet = Program::start(address, command, None);
    let mut refreshes = Load::open(address, REFRESHES, &house.refresh()).await;
    let mut logins = Load::open(address, LOGINS, &House::login()).await;
    refreshes.spell(effort.spell).await;
    let base = signet.memory("VmRSS");

    let (mut median, mut tail) = (Pairs::default(), Pairs::default());
    let spell = effort.spell * 2;
    for _ in 0..effort.spells {
        let rest = refreshes.spell(spell).await.latencies;
        let settled = spell + Duration::from_millis(50);
        let (storm, _) = join(refreshes.spell(spell), logins.spell(settled)).await;
        let storm = storm.latencies;
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a short while")]
        let at = |quantile| {
            let micros =
                |seen: &hdrhistogram::Histogram<u64>| seen.value_at_quantile(quantile) as f64;
            (micros(&rest), micros(&storm))
        };
        let (rest, storm) = at(0.5);
        median.push(rest, storm);
        let (rest, storm) = at(0.99);
        tail.push(rest, storm);
    }
    let named = |what: &str| house.engine.named(&format!("{STORM}: {what}"));
    table.pairs(&named("refresh p50"), "µs", &median, Target::Open);
    table.pairs(&named("refresh p99"), "µs", &tail, Target::AtMost(2.0));
    let pool = f64::from(house.app.config.password.cost.memory_kib);
    let most = signet.memory("VmHWM");
    table.pair(
        &named("memory"),
        "KiB",
        (base + pool, most),
        Target::AtMost(1.0),
    );
}
